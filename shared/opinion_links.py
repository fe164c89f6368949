"""The signed token of a link to a question among officials: it names the question, and says when it ends.

It opens that one question, to be read and answered, and no decision. As with a decision link (`shared/links.py`)
notify_svc mints it while it renders the mail, approval_svc reads it, and neither keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.clock import as_utc
from shared.signed_tokens import AlteredLinkError, sign, unsign

__all__ = ["AlteredLinkError", "OpinionLink", "mint", "path", "read"]

PURPOSE = "countersign.opinion-link.v1"


@dataclass(frozen=True, kw_only=True)
class OpinionLink:
    """What a token says. `expires_at` is UTC, in whole seconds; whoever reads it compares it with now."""

    opinion_id: UUID
    expires_at: datetime


def mint(keys: Sequence[str], *, opinion_id: UUID, expires_at: datetime) -> str:
    """Returns a URL-safe token signed with the first key; equal input gives an equal token.

    Raises:
        NaiveDatetimeError: `expires_at` has no time zone.
    """
    return sign(keys, PURPOSE, [opinion_id.hex, int(as_utc(expires_at).timestamp())])


def read(keys: Sequence[str], token: str) -> OpinionLink:
    """Returns what the token says, whether or not it has expired; every key is accepted.

    Raises:
        AlteredLinkError: the signature or what it signs is not ours.
    """
    said = unsign(keys, PURPOSE, token)
    try:
        opinion, expires = said
        return OpinionLink(opinion_id=UUID(opinion), expires_at=datetime.fromtimestamp(expires, UTC))
    except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise AlteredLinkError("not a link of ours") from error


def path(token: str) -> str:
    """Returns the path of the page, to be put behind approval_svc's public URL."""
    return f"/opinion/{token}"
