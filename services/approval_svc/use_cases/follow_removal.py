"""A role ended: an official who holds it no longer leaves the directory."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.tables import OfficialGrantRow, OfficialRow
from approval_svc.use_cases import role_ends
from approval_svc.use_cases.follow_grant import authority_of
from approval_svc.use_cases.holding import end_grant
from approval_svc.use_cases.remove_official import remove
from approval_svc.use_cases.tell_given_back import tell_given_back
from shared.contracts import EndedBecause, RoleRemoved

BY_TIME = (EndedBecause.ENDED, EndedBecause.INACTIVE, EndedBecause.REVIEW)
"""Why a role ends without anybody doing it at that moment, unless somebody is named."""


def follow_removal(session: Session, message: RoleRemoved, lifetime: timedelta, now: datetime) -> None:
    """Ends the grant, and takes an official out of the directory unless another grant keeps them in it.

    What time would have made happen to the role is off; of a role that was given back the officials are told. The
    ended grant is remembered, so that its RoleGranted, should it come later, brings nobody back.
    """
    end_grant(session, message, now)
    role_ends.end(session, message.grant_id, now)
    if message.because is EndedBecause.GIVEN_BACK:
        tell_given_back(session, message, now)
    authority = authority_of(message.role_id, message.organization)
    if authority is None:
        return
    queries.lock_directory(session)
    official = queries.find_official(session, authority, message.holder.user_id)
    _end_grant(session, message, official)
    if official is not None and official.active and not _has_live_grant(session, official):
        by_time = message.because in BY_TIME and message.by_name is None
        remove(session, [official], lifetime, now, by_time=by_time)


def _end_grant(session: Session, message: RoleRemoved, official: OfficialRow | None) -> None:
    grant = session.get(OfficialGrantRow, message.grant_id)
    if grant is None:
        grant = OfficialGrantRow(grant_id=message.grant_id, official_id=official.id if official else None)
        session.add(grant)
    grant.ended_at = message.removed_at


def _has_live_grant(session: Session, official: OfficialRow) -> bool:
    live = select(OfficialGrantRow).where(
        OfficialGrantRow.official_id == official.id, OfficialGrantRow.ended_at.is_(None)
    )
    return session.scalars(live).first() is not None
