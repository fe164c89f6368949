"""AccountClosed: somebody left for good, so their roles end and what they asked for is taken back."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import grant_queries, queries
from request_svc.domain.refusals import NotPendingError
from request_svc.use_cases.ending import End, end_grant
from request_svc.use_cases.withdraw_request import withdraw_request
from shared import closed_accounts
from shared.contracts import AccountClosed, EndedBecause


def close_account(session: Session, message: AccountClosed, now: datetime) -> None:
    """Ends every role of the person, and asks for the withdrawal of what is pending; the same again changes nothing."""
    user_id = message.account.user_id
    for request_id in grant_queries.pending_of(session, user_id):
        # One that was decided while this waited for it has nothing to be withdrawn.
        with suppress(NotPendingError):
            withdraw_request(session, request_id, user_id, now, account_closed=True)
    # Requests are locked before the person, as a decision does it.
    queries.lock_person(session, user_id)
    closed_accounts.keep_closed(session, user_id, message.closed_at)
    for grant in grant_queries.lock_roles_of(session, user_id):
        end_grant(session, grant, End(because=EndedBecause.ACCOUNT_CLOSED, at=now))
