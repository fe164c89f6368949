"""Note what happened to a request, for the timeline on My Profile."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc.domain.requests import Happening
from request_svc.tables import Event
from shared.ids import new_id


def note(
    session: Session,
    request_id: UUID,
    kind: Happening,
    at: datetime,
    *,
    organization: str | None = None,
    people: Iterable[str] = (),
    words: str | None = None,
) -> None:
    """Adds an event; `people` are names."""
    session.add(
        Event(
            id=new_id(),
            request_id=request_id,
            kind=kind,
            organization=organization,
            people=list(people),
            note=words,
            at=at,
        )
    )
