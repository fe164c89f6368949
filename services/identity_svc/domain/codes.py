"""Authorization codes: what they stand for and how long (RFC 6749, section 4.1.2; RFC 7636)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

CODE_LIFETIME = timedelta(seconds=60)
TOKEN_LIFETIME = timedelta(minutes=10)
"""Of id tokens and of access tokens."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode:
    """One sign-in on its way to one client: bound to its redirect URI and its PKCE challenge (S256)."""

    code_id: UUID
    client_id: str
    redirect_uri: str
    scope: str
    account_id: UUID
    signed_in_at: datetime
    nonce: str | None
    challenge: str
    issued_at: datetime

    def ended(self, now: datetime) -> bool:
        """Whether it is too old at `now`."""
        return now >= self.issued_at + CODE_LIFETIME

    def to_json(self) -> dict[str, object]:
        """Returns the code as JSON values."""
        return {
            "code_id": str(self.code_id),
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "account_id": str(self.account_id),
            "signed_in_at": self.signed_in_at.isoformat(),
            "nonce": self.nonce,
            "challenge": self.challenge,
            "issued_at": self.issued_at.isoformat(),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, str]) -> "AuthorizationCode":
        """Reads what `to_json` wrote."""
        return cls(
            code_id=UUID(raw["code_id"]),
            client_id=raw["client_id"],
            redirect_uri=raw["redirect_uri"],
            scope=raw["scope"],
            account_id=UUID(raw["account_id"]),
            signed_in_at=datetime.fromisoformat(raw["signed_in_at"]),
            nonce=raw["nonce"],
            challenge=raw["challenge"],
            issued_at=datetime.fromisoformat(raw["issued_at"]),
        )
