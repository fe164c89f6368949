"""A Security Official signed in to this service."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import queries
from shared import audit
from shared.audit import Action


def record_sign_in(session: Session, user_id: str, now: datetime) -> None:
    """Records it for whom they stand. The sign-in of anybody else changes nothing here, and the provider keeps it."""
    authorities = queries.authorities_of(session, user_id)
    if authorities:
        audit.record(
            session,
            Action.SIGN_IN_OFFICIAL,
            ("user", user_id),
            now=now,
            after={"authorities": [str(each) for each in authorities]},
            who=audit.user(user_id),
        )
