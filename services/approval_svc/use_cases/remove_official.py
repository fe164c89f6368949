"""An official leaves the directory: what waited for them goes to those who remain, or to the next authority."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.auditing import official_removed
from approval_svc.use_cases.reroute import reroute_and_tell


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
    remove(session, [official], lifetime, now)
    return official


def remove(
    session: Session, officials: Sequence[OfficialRow], lifetime: timedelta, now: datetime, *, by_time: bool = False
) -> None:
    """Takes these officials out, then routes their approvals again. The caller has locked the directory.

    `by_time` is as for `reroute_and_tell`.
    """
    for official in officials:
        official.active, official.removed_at = False, now
        official_removed(session, official, now)
    reroute_and_tell(session, [official.authority for official in officials], lifetime, now, by_time=by_time)
