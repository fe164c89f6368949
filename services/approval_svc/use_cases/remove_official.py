"""An official leaves the directory: what waited for them goes to those who remain, or to the next authority."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.auditing import official_removed
from approval_svc.use_cases.reroute import reroute


class NoSuchOfficialError(LookupError):
    """The directory has no such official."""


def remove_official(
    session: Session, authority: AuthorityId, user_id: str, lifetime: timedelta, now: datetime
) -> OfficialRow:
    """Takes the person out of the authority's officials; returns their row.

    Raises:
        NoSuchOfficialError: the person is no official of this authority now.
    """
    queries.lock_directory(session)
    official = queries.find_official(session, authority, user_id)
    if official is None or not official.active:
        raise NoSuchOfficialError(f"{user_id} is no Security Official of {authority}")
    remove(session, official, lifetime, now)
    return official


def remove(session: Session, official: OfficialRow, lifetime: timedelta, now: datetime) -> None:
    """Takes the official out and routes their approvals again. The caller has locked the directory."""
    official.active, official.removed_at = False, now
    official_removed(session, official, now)
    reroute(session, official.authority, lifetime, now)
