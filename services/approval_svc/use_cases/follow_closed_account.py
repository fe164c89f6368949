"""AccountClosed: who left for good is an official no more, and what waited for them goes to others."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import grant_queries, queries
from approval_svc.use_cases.remove_official import remove
from shared import closed_accounts
from shared.contracts import AccountClosed


def follow_closed_account(session: Session, message: AccountClosed, lifetime: timedelta, now: datetime) -> None:
    """Takes the person out of the directory, for every authority that they stood for; the same again changes nothing.

    Sessions that they have open here end with that, those of operations too.
    Their roles are request_svc's to end: each is told of by RoleRemoved.
    """
    queries.lock_directory(session)
    closed_accounts.keep_closed(session, message.account.user_id, message.closed_at)
    remove(session, grant_queries.officials_rows_of(session, message.account.user_id), lifetime, now)
