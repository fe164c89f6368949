"""The rows of identity_svc."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from identity_svc.domain.holder import Holder
from identity_svc.domain.key_states import KeyState
from identity_svc.domain.lockout import Attempts
from shared.audit import audit_tables
from shared.closed_accounts import closed_account_tables
from shared.db import COLUMN_TYPES, new_metadata, words
from shared.messaging.tables import messaging_tables
from shared.web.ended_sessions import session_tables


class Base(DeclarativeBase):
    """Base of this service's rows."""

    metadata = new_metadata()
    type_annotation_map = COLUMN_TYPES


class Account(Base):
    """One person who can sign in. `user_id` is kept in small letters and is the subject that clients see."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("user_id = lower(user_id)", name="user_id_small"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(74), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    zone: Mapped[str | None] = mapped_column(String(64))
    groups: Mapped[list[str]]
    password_hash: Mapped[str]
    password_set_at: Mapped[datetime]
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    sign_in_told: Mapped[datetime | None] = mapped_column(comment="the last sign-in that other services were told of")
    email_undeliverable_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def holder(self) -> Holder:
        """The person, without what concerns the account."""
        return Holder(
            user_id=self.user_id,
            name=self.name,
            email=self.email,
            phone=self.phone,
            zone=self.zone,
            groups=tuple(self.groups),
        )

    def state(self, now: datetime) -> str:
        """Returns "open", "locked" or "closed"."""
        if self.closed_at:
            return "closed"
        return "locked" if self.attempts.locked(now) else "open"

    @property
    def attempts(self) -> Attempts:
        """Wrong passwords and the lock."""
        return Attempts(self.failed_count, self.locked_until)

    @attempts.setter
    def attempts(self, attempts: Attempts) -> None:
        self.failed_count, self.locked_until = attempts.failed, attempts.locked_until


class SigningKey(Base):
    """A key pair that signs id tokens. The public half stays, so that logout can check an old id token."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[KeyState] = mapped_column(words("state", KeyState), comment="next, current or previous")
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed_private: Mapped[str | None] = mapped_column(comment="encrypted; dropped when the key is retired")
    created_at: Mapped[datetime]
    published_until: Mapped[datetime | None]


Index(
    "uq_signing_keys_one_of_a_state",
    SigningKey.state,
    unique=True,
    postgresql_where=SigningKey.state.in_((KeyState.NEXT, KeyState.CURRENT)),
)


class UsedCode(Base):
    """An authorization code that was redeemed: it is good for nothing more."""

    __tablename__ = "used_codes"

    code_id: Mapped[UUID] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(index=True)


class AccessToken(Base):
    """An access token for /userinfo, by its digest: a copy of the database holds no usable one."""

    __tablename__ = "access_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256, hexadecimal")
    code_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID]
    client_id: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(index=True)


messaging_tables(Base.metadata)
audit_tables(Base.metadata)
session_tables(Base.metadata)
closed_account_tables(Base.metadata)
