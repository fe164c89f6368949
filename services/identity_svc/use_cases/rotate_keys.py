"""The key that signs id tokens is replaced."""

from datetime import datetime

from joserfc.jwk import RSAKey
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from identity_svc.domain.key_states import KeyState, published_until
from identity_svc.sealing import SealBrokenError, Sealer
from identity_svc.tables import SigningKey
from shared import audit
from shared.audit import Action

ALGORITHM = "RS256"
"""The one that every OpenID Connect client knows (Discovery 1.0, section 3)."""

BITS = 2048


def rotate_keys(session: Session, sealer: Sealer, now: datetime) -> str:
    """Makes the next key the current one and returns its id.

    The next key has long been published, so that clients that cache keys know it already; the old one stays
    published until its tokens have ended, and its private half is dropped at once. A next key that can no longer
    be opened is replaced.
    """
    lock_keys(session)
    keys = {key.state: key for key in session.scalars(select(SigningKey).where(SigningKey.state != KeyState.PREVIOUS))}
    before = keys[KeyState.CURRENT].kid if KeyState.CURRENT in keys else None
    if KeyState.CURRENT in keys:
        _retire(keys[KeyState.CURRENT], now)
    following = _usable(session, keys.get(KeyState.NEXT), sealer) or _make(session, sealer, now)
    following.state = KeyState.CURRENT
    session.flush()
    _make(session, sealer, now)
    _audit(session, before, following.kid, now)
    return following.kid


def _audit(session: Session, before: str | None, after: str, now: datetime) -> None:
    audit.record(
        session,
        Action.KEY_ROTATED,
        ("signing_key", after),
        now=now,
        before={"current": before},
        after={"current": after},
    )


def lock_keys(session: Session) -> None:
    """Keeps others from changing the keys until the transaction ends; a table without rows has none to lock."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('identity_svc.signing_keys'))"))


def _retire(key: SigningKey, now: datetime) -> None:
    key.state, key.sealed_private, key.published_until = KeyState.PREVIOUS, None, published_until(now)


def _usable(session: Session, following: SigningKey | None, sealer: Sealer) -> SigningKey | None:
    # The old current key gives its place free before the next one takes it.
    session.flush()
    if following is None:
        return None
    try:
        sealer.open("signing key", str(following.sealed_private))
    except SealBrokenError:
        session.delete(following)
        session.flush()
        return None
    return following


def _make(session: Session, sealer: Sealer, now: datetime) -> SigningKey:
    made = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    key = SigningKey(
        kid=made.kid,
        state=KeyState.NEXT,
        public_jwk=dict(made.as_dict(private=False)),
        sealed_private=sealer.seal("signing key", made.as_dict(private=True)),
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key
