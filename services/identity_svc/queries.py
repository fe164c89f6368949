"""Reads that more than one caller needs."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from identity_svc.domain.key_states import KeyState
from identity_svc.domain.user_ids import normal
from identity_svc.tables import AccessToken, Account, SigningKey


def account_by_user_id(session: Session, user_id: str, *, lock: bool = False) -> Account | None:
    """Returns the account, closed ones too; `lock` keeps others from changing it until the transaction ends."""
    found = select(Account).where(Account.user_id == normal(user_id))
    return session.scalars(found.with_for_update() if lock else found).one_or_none()


def open_account(session: Session, account_id: UUID) -> Account | None:
    """Returns the account unless it is closed."""
    return session.scalars(
        select(Account).where(Account.account_id == account_id, Account.closed_at.is_(None))
    ).one_or_none()


def all_accounts(session: Session) -> Sequence[Account]:
    """Returns every account, closed ones too, in the order of their user IDs."""
    return session.scalars(select(Account).order_by(Account.user_id)).all()


def access_token(session: Session, token: str, now: datetime) -> AccessToken | None:
    """Returns the row of a token that has not ended."""
    return session.scalars(
        select(AccessToken).where(AccessToken.digest == digest_of(token), AccessToken.expires_at > now)
    ).one_or_none()


def digest_of(token: str) -> str:
    """Returns what is kept of a token. It needs no salt: a token is random."""
    return hashlib.sha256(token.encode()).hexdigest()


def published_keys(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Returns the public JWKs that clients may meet: next, current, and previous ones whose tokens have not ended."""
    published = or_(SigningKey.state != KeyState.PREVIOUS, SigningKey.published_until > now)
    return _public_jwks(session, published)


def all_public_keys(session: Session) -> list[dict[str, Any]]:
    """Returns every public JWK that ever signed, to check whether an old id token was ours."""
    return _public_jwks(session, SigningKey.state != KeyState.NEXT)


def _public_jwks(session: Session, condition: Any) -> list[dict[str, Any]]:
    return list(session.scalars(select(SigningKey.public_jwk).where(condition).order_by(SigningKey.created_at)))
