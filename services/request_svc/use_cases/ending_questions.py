"""What was asked about a part needs no answer any more: it ended, or something else was asked."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from request_svc.tables import Part, Question


def end_questions(session: Session, part: Part, at: datetime) -> None:
    """Ends what could still be answered about the part. The caller holds the request."""
    still = update(Question).where(Question.part_id == part.id, Question.ended_at.is_(None))
    session.execute(still.values(ended_at=at))
