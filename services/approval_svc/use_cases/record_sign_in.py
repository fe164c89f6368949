"""A Security Official signed in to this service."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.use_cases.activity import note_sign_in
from shared import audit
from shared.audit import Action


def record_sign_in(session: Session, user_id: str, now: datetime) -> None:
    """Keeps when it was, and records it for whom they stand. The provider keeps the sign-in of anybody else."""
    note_sign_in(session, user_id, now)
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
