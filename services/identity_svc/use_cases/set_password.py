"""Operations give an account a new password."""

from datetime import datetime

from sqlalchemy.orm import Session

from identity_svc import passwords
from identity_svc.domain.lockout import Attempts
from identity_svc.domain.password_rule import faults
from identity_svc.use_cases.unlock_account import account_to_change
from shared import audit
from shared.audit import Action


class BadPasswordError(ValueError):
    """The password breaks the rule; `faults` has one sentence for each way."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def set_password(session: Session, user_id: str, password: str, now: datetime) -> None:
    """Replaces the password, unlocks the account and ends its sessions here.

    Raises:
        UnknownAccountError: no account has that user ID.
        BadPasswordError: the password breaks the rule; nothing was changed.
    """
    account = account_to_change(session, user_id)
    if found := faults(password, user_id=account.user_id, name=account.name):
        raise BadPasswordError(found)
    audit.record(
        session,
        Action.ACCOUNT_PASSWORD_SET,
        ("account", account.account_id),
        now=now,
        before={"password_set_at": account.password_set_at, "locked_until": account.locked_until},
        after={"password_set_at": now, "locked_until": None},
    )
    account.password_hash, account.password_set_at = passwords.hash_of(password), now
    account.attempts = Attempts()
