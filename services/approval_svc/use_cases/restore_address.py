"""Operations say that an official's address works again: they can be asked again, wherever they stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.reroute import reroute_and_tell
from shared import audit


class AddressNotRefusedError(LookupError):
    """There is no such official, or mail to them is not refused: somebody else was quicker."""


def restore_address(session: Session, official_id: UUID, lifetime: timedelta, now: datetime) -> OfficialRow:
    """Makes the person reachable at this address for every authority that they stand for, and routes again.

    What went to others while they could not be reached comes back to them only where their authority is asked before
    the one that has it now, as with an official who is new.

    Raises:
        AddressNotRefusedError: there is nothing to restore.
    """
    queries.lock_directory(session)
    official = session.get(OfficialRow, official_id)
    rows = _refused(session, official) if official else []
    if official is None or not rows:
        raise AddressNotRefusedError(str(official_id))
    for row in rows:
        _restore(session, row, now)
    reroute_and_tell(session, [row.authority for row in rows], lifetime, now)
    return official


def _refused(session: Session, official: OfficialRow) -> Sequence[OfficialRow]:
    same = (OfficialRow.user_id == official.user_id, OfficialRow.email == official.email)
    return session.scalars(
        select(OfficialRow).where(*same, OfficialRow.reachable.is_(False)).order_by(OfficialRow.id)
    ).all()


def _restore(session: Session, row: OfficialRow, now: datetime) -> None:
    before = {"reachable": False, "answer": row.refusal}
    row.vouch(now)
    audit.record(
        session,
        audit.Action.OFFICIAL_CHANGED,
        ("official", row.id),
        now=now,
        before=before,
        after={"reachable": True},
    )
