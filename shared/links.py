"""The signed token of an emailed link: it names one approval and one official, and says when it ends.

notify_svc mints it while it renders the mail, approval_svc reads it; neither stores or logs it. The token is proof of
who was written to and of nothing else: whether the official may still decide is approval_svc's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.clock import as_utc
from shared.signed_tokens import AlteredLinkError, sign, unsign

__all__ = ["AlteredLinkError", "DecisionLink", "mint", "path", "read"]

# Names the purpose: a token that the same keys signed for anything else does not open a decision.
PURPOSE = "countersign.decision-link.v1"


@dataclass(frozen=True, kw_only=True)
class DecisionLink:
    """What a token says. `expires_at` is UTC, in whole seconds; whoever reads it compares it with now."""

    approval_id: UUID
    official_id: UUID
    expires_at: datetime


def mint(keys: Sequence[str], *, approval_id: UUID, official_id: UUID, expires_at: datetime) -> str:
    """Returns a URL-safe token signed with the first key; equal input gives an equal token.

    Raises:
        NaiveDatetimeError: `expires_at` has no time zone.
    """
    return sign(keys, PURPOSE, [approval_id.hex, official_id.hex, int(as_utc(expires_at).timestamp())])


def read(keys: Sequence[str], token: str) -> DecisionLink:
    """Returns what the token says, whether or not it has expired; every key is accepted.

    Raises:
        AlteredLinkError: the signature or what it signs is not ours.
    """
    said = unsign(keys, PURPOSE, token)
    try:
        approval, official, expires = said
        return DecisionLink(
            approval_id=UUID(approval), official_id=UUID(official), expires_at=datetime.fromtimestamp(expires, UTC)
        )
    except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise AlteredLinkError("not a link of ours") from error


def path(token: str) -> str:
    """Returns the path of the decision page, to be put behind approval_svc's public URL."""
    return f"/decide/{token}"
