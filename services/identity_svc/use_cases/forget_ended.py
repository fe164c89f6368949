"""Time has passed: codes and access tokens have ended."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from identity_svc.domain.codes import TOKEN_LIFETIME
from identity_svc.tables import AccessToken, UsedCode

AT_ONCE = 500


def forget_ended(session: Session, now: datetime) -> None:
    """Deletes up to 500 access tokens that have ended, and as many used codes when all that they gave has.

    By then a code is refused for its age.
    """
    ended = select(AccessToken.digest).where(AccessToken.expires_at <= now).limit(AT_ONCE)
    session.execute(delete(AccessToken).where(AccessToken.digest.in_(ended)))
    used = select(UsedCode.code_id).where(UsedCode.used_at <= now - TOKEN_LIFETIME).limit(AT_ONCE)
    session.execute(delete(UsedCode).where(UsedCode.code_id.in_(used)))
