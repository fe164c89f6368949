"""Which addresses can be written to, and how answers are made safe for the ledger."""

import re

LONGEST = 254
"""RFC 5321 allows 256 characters for a path, of which two are its angle brackets."""

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_ANY_ADDRESS = re.compile(r"([^\s<>@:;,\"'()]?)[^\s<>@:;,\"'()]*@([A-Za-z0-9.-]+)")
_ANSWER_LENGTH = 500


def why_unusable(address: str) -> str | None:
    """Returns a sentence that says why nothing can be sent to the address, or None when it can.

    Only what every mail server takes is let through: no quoted local parts, no letters outside of ASCII, and so
    never a line break, which would let an address write SMTP commands of its own.
    """
    if not address.strip():
        return "No email address is known."
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        return "The email address is not one that can be written to."
    return None


def masked_answer(text: str) -> str:
    """Returns a server's answer as one line of at most 500 characters, with addresses masked."""
    return _ANY_ADDRESS.sub(r"\1***@\2", _folded(text))[:_ANSWER_LENGTH]


def _folded(text: str) -> str:
    """Returns the text with every line break and other control character folded into a space."""
    return " ".join("".join(" " if _breaks(character) else character for character in text).split())


def _breaks(character: str) -> bool:
    return ord(character) < 32 or character in "\x7f\x85\u2028\u2029"
