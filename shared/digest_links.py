"""The signed token of the link in a digest: it names one digest and the official it was mailed to, and when it ends.

As with a decision link (`shared/links.py`) notify_svc mints it while it renders the mail, approval_svc reads it, and
neither keeps it. What the digest listed, and what of it the official may still decide, is approval_svc's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.clock import as_utc
from shared.signed_tokens import AlteredLinkError, sign, unsign

PURPOSE = "countersign.digest-link.v1"


@dataclass(frozen=True, kw_only=True)
class DigestLink:
    """What a token says. `expires_at` is UTC, in whole seconds; whoever reads it compares it with now."""

    digest_id: UUID
    official_id: UUID
    expires_at: datetime


def mint(keys: Sequence[str], *, digest_id: UUID, official_id: UUID, expires_at: datetime) -> str:
    """Returns a URL-safe token signed with the first key; equal input gives an equal token.

    Raises:
        NaiveDatetimeError: `expires_at` has no time zone.
    """
    return sign(keys, PURPOSE, [digest_id.hex, official_id.hex, int(as_utc(expires_at).timestamp())])


def read(keys: Sequence[str], token: str) -> DigestLink:
    """Returns what the token says, whether or not it has expired; every key is accepted.

    Raises:
        AlteredLinkError: the signature or what it signs is not ours.
    """
    said = unsign(keys, PURPOSE, token)
    try:
        digest, official, expires = said
        return DigestLink(
            digest_id=UUID(digest), official_id=UUID(official), expires_at=datetime.fromtimestamp(expires, UTC)
        )
    except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise AlteredLinkError("not a link of ours") from error


def path(token: str) -> str:
    """Returns the path of the digest's page, to be put behind approval_svc's public URL."""
    return f"/digests/{token}"
