"""Somebody types a user ID and a password."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from identity_svc import passwords, queries
from identity_svc.domain.lockout import Attempts, LockRule, after_wrong_password
from identity_svc.tables import Account
from shared import audit
from shared.audit import Action
from shared.contracts import AccountLocked, Person, SignedIn
from shared.ids import new_id
from shared.messaging.outbox import publish

log = structlog.get_logger(__name__)


def sign_in(session: Session, user_id: str, password: str, rule: LockRule, now: datetime) -> Account | None:
    """Returns the account, or None for whatever reason: who is refused learns nothing, and each way costs the same.

    The account's row is locked, so that guesses sent at once are counted one by one. A wrong password is counted
    in this transaction, which the caller therefore commits in any case.
    """
    account = queries.account_by_user_id(session, user_id, lock=True)
    if account is None or account.closed_at or account.attempts.locked(now):
        passwords.match_nothing(password)
        _audit_failure(session, account, _why(account), now)
        return None
    if not passwords.matches(account.password_hash, password):
        _audit_failure(session, account, "wrong password", now)
        _count(session, account, rule, now)
        return None
    account.attempts = Attempts()
    if passwords.outdated(account.password_hash):
        account.password_hash = passwords.hash_of(password)
    who = audit.user(account.user_id)
    audit.record(session, Action.SIGN_IN_SUCCEEDED, ("account", account.account_id), now=now, who=who)
    _tell(session, account, now)
    return account


def _tell(session: Session, account: Account, now: datetime) -> None:
    """Tells of the first sign-in of a day (UTC): roles end when there is none for long."""
    if account.sign_in_told is None or account.sign_in_told.date() < now.date():
        account.sign_in_told = now
        message = SignedIn(user_id=account.user_id, signed_in_at=now, time_zone=account.zone)
        publish(session, message, correlation_id=new_id(), now=now)


def _why(account: Account | None) -> str:
    if account is None:
        return "no such account"
    return "closed" if account.closed_at else "locked"


def _audit_failure(session: Session, account: Account | None, why: str, now: datetime) -> None:
    # Never what was typed as user ID: people type their password there.
    subject = ("account", account.account_id if account else "unknown")
    audit.record(session, Action.SIGN_IN_FAILED, subject, now=now, after={"why": why})


def _count(session: Session, account: Account, rule: LockRule, now: datetime) -> None:
    account.attempts = after_wrong_password(account.attempts, rule, now)
    if account.locked_until is None:
        return
    audit.record(
        session,
        Action.ACCOUNT_LOCKED,
        ("account", account.account_id),
        now=now,
        before={"locked_until": None},
        after={"locked_until": account.locked_until, "wrong_passwords": account.failed_count},
    )
    log.warning("account locked", account_id=str(account.account_id))
    person = Person(user_id=account.user_id, name=account.name, email=account.email, phone=account.phone)
    message = AccountLocked(account=person, locked_at=now, locked_until=account.locked_until)
    publish(session, message, correlation_id=new_id(), now=now)
