"""A person leaves STEP 3 without submitting: what they typed is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries


def keep_organizations(
    session: Session, draft_id: UUID, user_id: str, typed: dict[str, list[str]], now: datetime
) -> None:
    """Keeps STEP 3 as typed, right or wrong. Raises DraftMissingError or DraftSubmittedError."""
    draft = queries.lock_draft(session, draft_id, user_id)
    draft.answers = typed
    draft.changed_at = now
