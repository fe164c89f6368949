"""The database session and the time of one protocol request.

Authlib calls our classes in the middle of a request and hands them neither; the view puts both here, so that one
request is one transaction with one `now`.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import g
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Moment:
    """What a protocol request reads and writes through, and when it came (UTC)."""

    session: Session
    now: datetime


def begin(session: Session, now: datetime) -> None:
    """Makes session and time known to the rest of the request."""
    g.identity_moment = Moment(session, now)


def moment() -> Moment:
    """Returns what `begin` was given."""
    found: Moment = g.identity_moment
    return found
