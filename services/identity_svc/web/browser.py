"""The provider's own session in a browser. It is not the clients': each of those has one of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from flask import request, session

from identity_svc import queries
from identity_svc.settings import Settings
from identity_svc.tables import Account
from shared.ids import new_id
from shared.web import ended_sessions
from shared.web.current import database, settings

_ACCOUNT, _SINCE, _SIGNED_IN_FOR = "account_id", "signed_in_at", "signed_in_for"
_SESSION_ID = "session_id"


@dataclass(frozen=True)
class SignedInHere:
    """An account whose holder typed its password in this browser at `since` (UTC)."""

    account: Account
    since: datetime

    def age_seconds(self, now: datetime) -> float:
        """Returns how long ago that was."""
        return (now - self.since).total_seconds()


def begin(account: Account, since: datetime, target: str) -> None:
    """Starts a fresh session: nothing that a stranger put into the old one lives on (session fixation).

    `target` is the path for whose sake the password was typed; see `signed_in_for_this`.
    """
    session.clear()
    session[_ACCOUNT], session[_SINCE] = str(account.account_id), since.timestamp()
    session[_SESSION_ID] = str(new_id())
    session[_SIGNED_IN_FOR] = target
    session.permanent = True


def end(now: datetime) -> None:
    """Ends the session in this browser and wherever else its cookie was copied to."""
    if _SESSION_ID in session:
        with database().transaction() as rows:
            ended_sessions.end(rows, UUID(session[_SESSION_ID]), _until(_since()), now)
    session.clear()


def current(now: datetime) -> SignedInHere | None:
    """Returns who is signed in: None also when the sign-in was ended, is too old, or older than the password."""
    if not {_ACCOUNT, _SINCE, _SESSION_ID} <= set(session):
        return None
    since = _since()
    with database().reading() as reading:
        account = queries.open_account(reading, UUID(session[_ACCOUNT]))
        ended = ended_sessions.has_ended(reading, UUID(session[_SESSION_ID]))
    if account is None or ended or since < account.password_set_at or now >= _until(since):
        return None
    return SignedInHere(account, since)


def _since() -> datetime:
    return datetime.fromtimestamp(session[_SINCE], UTC)


def _until(since: datetime) -> datetime:
    return since + settings(Settings).sign_in_lifetime


def signed_in_for_this() -> bool:
    """Whether the password was just typed for the sake of this very request; true once.

    Without that, prompt=login would ask for ever: the request comes back the same after the login page.
    """
    return bool(session.pop(_SIGNED_IN_FOR, None) == request.full_path)
