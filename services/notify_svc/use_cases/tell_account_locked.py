"""An account was locked: its holder is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import account_locked
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import AccountLocked
from shared.messaging.envelope import Envelope


def tell_account_locked(session: Session, message: AccountLocked, envelope: Envelope, now: datetime) -> None:
    """Stores the notice for the account's holder."""
    draft = Draft(
        template=account_locked.EMAIL.name, recipient=message.account, context=account_locked.context(message)
    )
    store_notice(session, draft, envelope, now)
