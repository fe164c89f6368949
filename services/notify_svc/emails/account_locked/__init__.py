"""Tells the holder of an account that it was locked after too many wrong passwords, and until when."""

from notify_svc.emails.email import Context, Email, as_json
from shared.contracts import AccountLocked

EMAIL = Email(
    name="account_locked",
    to="account holder",
    when="An account was locked after too many wrong passwords",
    sample={
        "name": "Maria Lopez",
        "user_id": "MLOPEZ01",
        "locked_at": "2026-11-23T15:30:00+00:00",
        "locked_until": "2026-11-23T16:30:00+00:00",
        "zone": None,
    },
)


def context(message: AccountLocked) -> Context:
    """Returns what the mail says. An account has no time zone of its own here."""
    return {
        "name": message.account.name,
        "user_id": message.account.user_id,
        "locked_at": as_json(message.locked_at),
        "locked_until": as_json(message.locked_until),
        "zone": None,
    }
