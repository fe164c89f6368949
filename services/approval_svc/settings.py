"""What approval_svc reads from the environment."""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from shared.settings import SignInSettings, as_days, as_keys, one_of, setting

LIFETIME_VARIABLE = "LINK_LIFETIME_DAYS"
LIFETIME_DEFAULT = "30"
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
        LIFETIME_VARIABLE, default=LIFETIME_DEFAULT, parse=as_days, help="Days until an emailed decision link ends"
    )
    link_sign_in: str = setting(
        "APPROVAL_LINK_SIGN_IN",
        default=SECURITY_OFFICIAL_ROLES,
        parse=one_of(SECURITY_OFFICIAL_ROLES, ALWAYS),
        help="Which decisions need sign-in besides the emailed link: those on Security Official roles, or all",
    )


def link_lifetime() -> timedelta:
    """Returns the lifetime of links for handlers, ticks and commands, which are given no settings object."""
    return as_days(os.environ.get(LIFETIME_VARIABLE, LIFETIME_DEFAULT))
