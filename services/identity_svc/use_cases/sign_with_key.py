"""An id token is to be signed."""

from datetime import datetime

from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from identity_svc.domain.key_states import KeyState
from identity_svc.sealing import Sealer
from identity_svc.tables import SigningKey
from identity_svc.use_cases.rotate_keys import rotate_keys


def current_key(session: Session, sealer: Sealer, now: datetime) -> RSAKey:
    """Returns the private key that signs now; the first use of a new installation makes it.

    Raises:
        SealBrokenError: the service's secret keys were all replaced; `countersign keys rotate` makes new signing keys.
    """
    current = select(SigningKey).where(SigningKey.state == KeyState.CURRENT)
    key = session.scalars(current).one_or_none()
    if key is None:
        rotate_keys(session, sealer, now)
        key = session.scalars(current).one()
    return RSAKey.import_key(sealer.open("signing key", str(key.sealed_private)))
