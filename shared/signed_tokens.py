"""The signature of the tokens in emailed links: what is signed is short, and says for which purpose it was.

Whoever holds a token can read what it says, and change none of it.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData, URLSafeSerializer


class AlteredLinkError(ValueError):
    """The token was not minted with any of the keys, or was changed or cut off on its way."""


def sign(keys: Sequence[str], purpose: str, said: Sequence[str | int]) -> str:
    """Returns a URL-safe token signed with the first key; equal input gives an equal token."""
    return str(_serializer(keys, purpose).dumps(list(said)))


def unsign(keys: Sequence[str], purpose: str, token: str) -> list[Any]:
    """Returns what the token says; every key is accepted.

    Raises:
        AlteredLinkError: the signature is not ours, or was made for another purpose.
    """
    try:
        said = _serializer(keys, purpose).loads(token)
    except BadData as error:
        raise AlteredLinkError("not a link of ours") from error
    # Base64 leaves bits of its last character unused: a changed one can decode to the same signature.
    if not isinstance(said, list) or token not in [sign([key], purpose, said) for key in keys]:
        raise AlteredLinkError("not spelled as we spell it")
    return said


def _serializer(keys: Sequence[str], purpose: str) -> URLSafeSerializer:
    # itsdangerous signs with the last key of its list; our settings put the signing key first.
    return URLSafeSerializer(
        list(reversed(keys)),
        salt=purpose,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
