"""A mail as the run sees it, stored or foretold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

DIGEST = "digest"


@dataclass(frozen=True, order=True)
class Mail:
    """When it went out, which one it was, to whom (user id), and which approvals it was about, or which request."""

    at: datetime
    template: str
    to: str
    about: tuple[UUID, ...]

    def __str__(self) -> str:
        about = ", ".join(str(each)[-12:] for each in self.about)
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.template} to {self.to} about {about}"
