"""What approval_svc reads from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from shared.settings import SignInSettings, as_days, as_keys, as_rate, as_url, one_of, setting

ALWAYS = "always"
SECURITY_OFFICIAL_ROLES = "security-official-roles"


@dataclass(frozen=True, kw_only=True)
class Settings(SignInSettings):
    """Settings of every approval_svc process."""

    service: ClassVar[str] = "approval_svc"

    link_signing_keys: tuple[str, ...] = setting(
        "LINK_SIGNING_KEYS",
        secret=True,
        parse=as_keys,
        help="Keys that sign decision links: the first signs, all are accepted",
    )
    link_lifetime: timedelta = setting(
        "LINK_LIFETIME_DAYS",
        default="30",
        parse=as_days,
        help="Days after which an emailed decision link ends at the latest; the deadline policy may end it sooner",
    )
    bad_links_by_address: str = setting(
        "BAD_LINKS_BY_ADDRESS",
        own=True,
        default="30 per minute",
        parse=as_rate,
        help="Links that open nothing, tried from one address; links that work are not counted and never refused",
    )
    link_sign_in: str = setting(
        "APPROVAL_LINK_SIGN_IN",
        default=SECURITY_OFFICIAL_ROLES,
        parse=one_of(SECURITY_OFFICIAL_ROLES, ALWAYS),
        help="Which decisions need sign-in besides the emailed link: those on Security Official roles, or all",
    )
    notify_public_url: str = setting(
        "NOTIFY_SVC_PUBLIC_URL", parse=as_url, help="Where people reach the service, for links and sign-in"
    )
    request_public_url: str = setting(
        "REQUEST_SVC_PUBLIC_URL", parse=as_url, help="Where requesters reach My Profile, for links in mails and pages"
    )

    @property
    def profile_url(self) -> str:
        """Where people find their own requests and roles."""
        return f"{self.request_public_url}/my-profile"

    @property
    def always_sign_in(self) -> bool:
        """Whether every decision needs sign-in, not only those on Security Official roles."""
        return self.link_sign_in == ALWAYS
