"""Time has passed: codes and access tokens have ended."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from identity_svc.domain.codes import TOKEN_LIFETIME
from identity_svc.tables import AccessToken, UsedCode


def forget_ended(session: Session, now: datetime) -> None:
    """Deletes access tokens that have ended, and used codes when all that they gave has.

    By then a code is refused for its age.
    """
    session.execute(delete(AccessToken).where(AccessToken.expires_at <= now))
    session.execute(delete(UsedCode).where(UsedCode.used_at <= now - TOKEN_LIFETIME))
