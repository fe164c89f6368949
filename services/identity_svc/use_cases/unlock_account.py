"""Operations unlock an account before its lock has ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from identity_svc import queries
from identity_svc.domain.lockout import Attempts
from identity_svc.tables import Account
from shared import audit
from shared.audit import Action


class UnknownAccountError(LookupError):
    """No account has that user ID."""


def unlock_account(session: Session, user_id: str, now: datetime) -> Account:
    """Ends the lock and forgets the wrong passwords. Raises UnknownAccountError."""
    account = account_to_change(session, user_id)
    audit.record(
        session,
        Action.ACCOUNT_UNLOCKED,
        ("account", account.account_id),
        now=now,
        before={"locked_until": account.locked_until, "wrong_passwords": account.failed_count},
        after={"locked_until": None, "wrong_passwords": 0},
    )
    account.attempts = Attempts()
    return account


def account_to_change(session: Session, user_id: str) -> Account:
    """Returns the account, locked for the rest of the transaction. Raises UnknownAccountError."""
    account = queries.account_by_user_id(session, user_id, lock=True)
    if account is None:
        raise UnknownAccountError(f"No account has the user ID {user_id!r}.")
    return account
