"""Operations close the account of somebody who left for good."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from identity_svc.tables import AccessToken, Account
from identity_svc.use_cases.unlock_account import account_to_change
from shared import audit, closed_accounts
from shared.audit import Action
from shared.contracts import AccountClosed, Person
from shared.ids import new_id
from shared.messaging.outbox import publish


def close_account(session: Session, user_id: str, now: datetime) -> Account:
    """Closes the account and tells of it, once: no password opens it any more, and what was opened with one ends.

    Raises:
        UnknownAccountError: no account has that user ID.
    """
    account = account_to_change(session, user_id)
    if account.closed_at is not None:
        return account
    account.closed_at = now
    closed_accounts.keep_closed(session, account.user_id, now)
    session.execute(delete(AccessToken).where(AccessToken.account_id == account.account_id))
    subject = ("account", account.account_id)
    before, after = {"closed_at": None}, {"closed_at": now, "user": account.user_id}
    audit.record(session, Action.ACCOUNT_CLOSED, subject, now=now, before=before, after=after)
    person = Person(user_id=account.user_id, name=account.name, email=account.email, phone=account.phone)
    publish(session, AccountClosed(account=person, closed_at=now), correlation_id=new_id(), now=now)
    return account
