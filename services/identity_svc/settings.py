"""What identity_svc reads from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from identity_svc.clients import Client, read_clients
from identity_svc.domain.lockout import LockRule
from shared.settings import ServiceSettings, as_count, as_minutes, as_rate, setting


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """Settings of every identity_svc process."""

    service: ClassVar[str] = "identity_svc"

    clients: tuple[Client, ...] = setting(
        "CLIENTS_FILE",
        own=True,
        parse=read_clients,
        help="JSON file of relying parties: client_id, client_secret, other_client_secrets (accepted too, while it is "
        "changed), redirect_uris, post_logout_redirect_uris",
    )
    lock_after: int = setting(
        "LOCK_AFTER", own=True, default="5", parse=as_count, help="Wrong passwords in a row that lock an account"
    )
    lock_span: timedelta = setting(
        "LOCK_MINUTES", own=True, default="15", parse=as_minutes, help="Minutes that a locked account stays locked"
    )
    login_rate_by_address: str = setting(
        "LOGIN_RATE_BY_ADDRESS", own=True, default="60 per minute", parse=as_rate, help="Logins from one address"
    )
    login_rate_by_user_id: str = setting(
        "LOGIN_RATE_BY_USER_ID", own=True, default="10 per minute", parse=as_rate, help="Logins with one user ID"
    )
    login_failures_by_address: str = setting(
        "LOGIN_FAILURES_BY_ADDRESS",
        own=True,
        default="100 per hour",
        parse=as_rate,
        help="Wrong passwords from one address, whichever user IDs they are tried with",
    )
    sign_in_lifetime: timedelta = setting(
        "SIGN_IN_MINUTES", own=True, default="600", parse=as_minutes, help="Minutes after which a password is due again"
    )

    @property
    def lock_rule(self) -> LockRule:
        """When wrong passwords lock an account."""
        return LockRule(self.lock_after, self.lock_span)
