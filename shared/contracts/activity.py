"""When people signed in, and what follows when they do not. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Organization, Person


@dataclass(frozen=True, kw_only=True)
class SignedIn(Message):
    """A person signed in: told once a day by whoever learnt of it first, the provider or a service that they came to.

    identity_svc tells of those who type their password there; request_svc of those who come to it, because another
    sign-in provider tells nothing. The newest one counts. `time_zone` is the person's own (IANA), None: not known.
    """

    user_id: str
    signed_in_at: datetime
    time_zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class IdleRole:
    """A role whose holder does not sign in, and when it ends for that, or did."""

    grant_id: UUID
    role_name: str
    organization: Organization | None
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class InactivityWarned(Message):
    """Somebody has not signed in for long: these roles end unless they do. One message a person and day.

    `last_sign_in_at` is None when they never did, as far as is known.
    """

    holder: Person
    roles: tuple[IdleRole, ...]
    last_sign_in_at: datetime | None
    warned_at: datetime


@dataclass(frozen=True, kw_only=True)
class InactiveRolesEnded(Message):
    """Somebody did not sign in in time: the end of these roles was ordered. The holder is told of all with one mail."""

    holder: Person
    roles: tuple[IdleRole, ...]
    last_sign_in_at: datetime | None
    ended_at: datetime
