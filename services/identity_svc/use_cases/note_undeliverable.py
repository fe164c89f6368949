"""notify_svc could not deliver mail to somebody who has an account."""

from datetime import datetime

from sqlalchemy.orm import Session

from identity_svc import queries
from shared import audit
from shared.audit import Action

TO_THE_HOLDER = {
    "account_locked",
    "request_received",
    "approved",
    "rejected",
    "decided_in_part",
    "inactive",
    "inactive_ended",
}
"""Emails that go to the address that the account has. Those to a Security Official go to the address in the directory
of officials, which may be another."""


def note_undeliverable(session: Session, template: str, user_id: str, failed_at: datetime) -> None:
    """Marks the account's address; the Account page tells its holder. Somebody without an account is none of ours."""
    if template not in TO_THE_HOLDER:
        return
    account = queries.account_by_user_id(session, user_id, lock=True)
    if account is not None:
        audit.record(
            session,
            Action.ACCOUNT_MAIL_FAILED,
            ("account", account.account_id),
            now=failed_at,
            before={"email_undeliverable_at": account.email_undeliverable_at},
            after={"email_undeliverable_at": failed_at},
        )
        account.email_undeliverable_at = failed_at
