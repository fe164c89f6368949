"""What can be told about a mail after a server took it."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from notify_svc.domain.addresses import masked_answer

MAIL_HEADER = "X-Countersign-Mail"
"""Repeats the Message-ID, for providers that put their own in its place."""
SENDGRID_ARGUMENT = "countersign_mail"
POSTMARK_METADATA = "countersign-mail"

_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_LONGEST_ID = 320


class Source(StrEnum):
    """Who told."""

    SES = "ses"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    POSTMARK = "postmark"
    MAILBOX = "mailbox"


class Kind(StrEnum):
    """What became of the mail.

    `refused`: the address does not take mail, and will not. `complaint`: the recipient called it spam; providers send
    nothing more to such an address, so it cannot be written to any more either. `given up`: the mail did not arrive,
    which says nothing for good about the address (a full mailbox, a server that stayed away). `delayed`: it is still
    being tried. `nothing`: no failure.
    """

    REFUSED = "refused"
    COMPLAINT = "complaint"
    GIVEN_UP = "given up"
    DELAYED = "delayed"
    NOTHING = "nothing"


ENDS = frozenset({Kind.REFUSED, Kind.COMPLAINT, Kind.GIVEN_UP})
"""The mail is not coming, or may as well not have come."""
ADDRESS_IS_DEAD = frozenset({Kind.REFUSED, Kind.COMPLAINT})


@dataclass(frozen=True, kw_only=True)
class Report:
    """One event that a source told of.

    `event_id` is a digest of what the source calls the event; `mail_id` the Message-ID with its angle brackets, empty
    when the source named none; `status` an enhanced status code (RFC 3463); `answer` one line, addresses masked.
    """

    source: Source
    event_id: str
    mail_id: str
    kind: Kind
    status: str | None
    answer: str


def report(source: Source, event: str, mail: str, kind: Kind, said: str, status: str | None = None) -> Report:
    """Returns a report made from what a source wrote, however long and whatever characters it has."""
    return Report(
        source=source,
        event_id=hashlib.sha256(event.encode("utf-8", "replace")).hexdigest(),
        mail_id=as_mail_id(mail),
        kind=kind,
        status=status_in(status or "") or status_in(said),
        answer=masked_answer(said.encode("utf-8", "replace").decode()),
    )


def as_mail_id(text: str) -> str:
    """Returns a Message-ID with angle brackets, which some providers leave out; empty for what can be none of ours."""
    bare = text.strip().strip("<>")
    usable = bare.isascii() and bare.isprintable() and 0 < len(bare) <= _LONGEST_ID
    return f"<{bare}>" if usable else ""


def status_in(text: str) -> str | None:
    """Returns the first enhanced status code in the text, e.g. "5.1.1"."""
    found = _STATUS.search(text[:2000])
    return found.group(0) if found else None
