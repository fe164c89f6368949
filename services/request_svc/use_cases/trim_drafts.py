"""Drafts that nobody came back to are removed."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from request_svc.tables import Draft

DRAFT_LIFETIME = timedelta(days=7)
BATCH = 500


def trim_drafts(session: Session, now: datetime) -> None:
    """Removes up to 500 drafts that did not change for seven days; one that somebody holds is left for later."""
    old = select(Draft.id).where(Draft.changed_at < now - DRAFT_LIFETIME).limit(BATCH)
    session.execute(delete(Draft).where(Draft.id.in_(old.with_for_update(skip_locked=True))))
