"""AccountClosed: somebody left for good, so their sessions here end."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared import closed_accounts
from shared.contracts import AccountClosed
from shared.messaging.envelope import Envelope


def close_account(session: Session, message: AccountClosed, _envelope: Envelope, _now: datetime) -> None:
    """Keeps that the account was closed; what is on its way to the person's address is sent all the same."""
    closed_accounts.keep_closed(session, message.account.user_id, message.closed_at)
