"""notify_svc could not deliver mail to somebody who has an account."""

from datetime import datetime

from sqlalchemy.orm import Session

from identity_svc import queries


def note_undeliverable(session: Session, user_id: str, failed_at: datetime) -> None:
    """Marks the account's address; the Account page tells its holder. Somebody without an account is none of ours."""
    account = queries.account_by_user_id(session, user_id, lock=True)
    if account is not None:
        account.email_undeliverable_at = failed_at
