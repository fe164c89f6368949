"""What request_svc reads from the environment."""

from dataclasses import dataclass
from typing import ClassVar

from shared.settings import SignInSettings, as_url, setting


@dataclass(frozen=True, kw_only=True)
class Settings(SignInSettings):
    """Settings of every request_svc process."""

    service: ClassVar[str] = "request_svc"

    harp_profile_url: str = setting(
        "HARP_PROFILE_URL",
        default="https://harp.cms.gov",
        parse=as_url,
        help="Where people change their own data: the target of Edit in HARP",
    )
    approval_public_url: str = setting(
        "APPROVAL_SVC_PUBLIC_URL", parse=as_url, help="Where officials reach My Approvals, for links on pages"
    )

    @property
    def my_approvals_url(self) -> str:
        """Where a Security Official finds what waits for them."""
        return f"{self.approval_public_url}/my-approvals"
