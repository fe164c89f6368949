"""Accounts and codes in test words."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from identity_svc import passwords
from identity_svc.domain.codes import AuthorizationCode
from identity_svc.tables import Account
from shared.ids import new_id

PASSWORD = "Correct7HorseBattery"
CLIENT_SECRET = "0123456789abcdef0123456789abcdef"


@cache
def _hash() -> str:
    return passwords.hash_of(PASSWORD)


def new_account(*, now: datetime, **changes: Any) -> Account:
    """Angela Whitaker's account, whose password is PASSWORD."""
    values: dict[str, Any] = {
        "account_id": new_id(),
        "user_id": "sagu.walk",
        "name": "Angela Whitaker",
        "email": "angela@health.alabama.example",
        "phone": "202-555-0139",
        "zone": "America/Chicago",
        "groups": ["operations"],
        "password_hash": _hash(),
        "password_set_at": now,
        "created_at": now,
    }
    return Account(**(values | changes))


def new_code(*, account_id: UUID, issued_at: datetime, **changes: Any) -> AuthorizationCode:
    """A code for the client request_svc."""
    values: dict[str, Any] = {
        "code_id": new_id(),
        "client_id": "request_svc",
        "redirect_uri": "http://127.0.0.1:8001/sign-in/callback",
        "scope": "openid",
        "account_id": account_id,
        "signed_in_at": issued_at,
        "nonce": "n-0S6",
        "challenge": "c" * 43,
        "issued_at": issued_at,
    }
    return AuthorizationCode(**(values | changes))
