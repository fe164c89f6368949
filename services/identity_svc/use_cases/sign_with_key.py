"""An id token is to be signed."""

from datetime import datetime

from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from identity_svc.domain.key_states import KeyState
from identity_svc.sealing import Sealer
from identity_svc.tables import SigningKey
from identity_svc.use_cases.rotate_keys import lock_keys, rotate_keys

_CURRENT = select(SigningKey).where(SigningKey.state == KeyState.CURRENT)


def current_key(session: Session, sealer: Sealer, now: datetime) -> RSAKey:
    """Returns the private key that signs now; the first use of a new installation makes it.

    Raises:
        SealBrokenError: the service's secret keys were all replaced; `countersign keys rotate` makes new signing keys.
    """
    key = _current(session)
    if key is None:
        # Of two first sign-ins at once, one makes the key and the other finds it.
        lock_keys(session)
        key = _current(session) or _first(session, sealer, now)
    return RSAKey.import_key(sealer.open("signing key", key.sealed_private or ""))


def _first(session: Session, sealer: Sealer, now: datetime) -> SigningKey:
    rotate_keys(session, sealer, now)
    return session.scalars(_CURRENT).one()


def _current(session: Session) -> SigningKey | None:
    return session.scalars(_CURRENT).one_or_none()
