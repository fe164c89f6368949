"""Who is signed in in this browser.

The session is a signed cookie. It ends when no page was asked for during SESSION_MINUTES, SESSION_LONGEST_MINUTES after
sign-in however busy the person is, and at once by signing out, whoever holds a copy of it, or when the person's account
is closed for good.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import abort, g, session

from shared import closed_accounts
from shared.clock import utc_now
from shared.ids import new_id
from shared.settings import ServiceSettings
from shared.web import current, ended_sessions

PERSON = "person"
"""Key of the session under which the person stands."""
_SESSION_ID, _SINCE, _FOUND = "session_id", "signed_in_at", "signed_in_person"


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, from the id token: `user_id` is the subject; `zone` an IANA name or None."""

    user_id: str
    name: str
    email: str
    phone: str | None
    zone: str | None
    is_operations: bool


def new_session(person: SignedIn, now: datetime) -> dict[str, Any]:
    """Returns what the session of somebody who signs in at `now` holds; its id is new each time."""
    return {PERSON: asdict(person), _SESSION_ID: str(new_id()), _SINCE: now.timestamp()}


def begin_session(person: SignedIn, now: datetime) -> None:
    """Starts a fresh session: nothing that a stranger put into the old one lives on (session fixation)."""
    session.clear()
    session.update(new_session(person, now))
    session.permanent = True


def end_session(now: datetime) -> None:
    """Ends the session in this browser and wherever else its cookie was copied to."""
    if _SESSION_ID in session:
        with current.database().transaction() as rows:
            ended_sessions.end(rows, UUID(session[_SESSION_ID]), _longest_until(), now)
    session.clear()
    g.pop(_FOUND, None)


def current_person() -> SignedIn | None:
    """Returns who is signed in in this browser, or None. Asks the database in one go of a request."""
    if _FOUND not in g:
        # Nobody while it is found out: the page that says that the database is away asks this too.
        setattr(g, _FOUND, None)
        setattr(g, _FOUND, _person(utc_now()))
    found: SignedIn | None = g.get(_FOUND)
    return found


def signed_in_person() -> SignedIn:
    """Returns who is signed in, on a page that the guard opens to such people alone."""
    # A view that loses its mark must not go on: 403.
    return current_person() or abort(403)


def _person(now: datetime) -> SignedIn | None:
    if not {PERSON, _SESSION_ID, _SINCE} <= set(session) or now >= _longest_until():
        return None
    with current.database().reading() as rows:
        person = SignedIn(**session[PERSON])
        has_ended = ended_sessions.has_ended(rows, UUID(session[_SESSION_ID]))
        return None if has_ended or closed_accounts.is_closed(rows, person.user_id) else person


def _longest_until() -> datetime:
    return datetime.fromtimestamp(session[_SINCE], UTC) + current.settings(ServiceSettings).longest_session
