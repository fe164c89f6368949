"""Reads of organizations that have fewer officials than they should."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc.domain.few import GRACE, RECOMMENDED_OFFICIALS
from approval_svc.domain.routing import NATIONAL, AuthorityId
from approval_svc.tables import FewOfficialsToldRow, OfficialRow

KEY = ["authority_kind", "authority_id", "quarter"]


def not_told_yet(session: Session, quarter: str, now: datetime, limit: int) -> Sequence[AuthorityId]:
    """Returns organizations with too few officials, but with one whom mail reaches, who were not told this quarter.

    Those that are put aside are left out. It reads the whole directory.
    """
    able = and_(OfficialRow.active, OfficialRow.reachable)
    number = func.count().filter(able)
    changed = func.max(func.greatest(OfficialRow.added_at, OfficialRow.removed_at))
    told = FewOfficialsToldRow.told_at.is_not(None) | (FewOfficialsToldRow.tried_again_at > now)
    told_or_put_aside = exists().where(
        FewOfficialsToldRow.authority_kind == OfficialRow.authority_kind,
        FewOfficialsToldRow.authority_id == OfficialRow.authority_id,
        FewOfficialsToldRow.quarter == quarter,
        told,
    )
    found = session.execute(
        select(OfficialRow.authority_kind, OfficialRow.authority_id)
        .where(OfficialRow.authority_kind.not_in(NATIONAL), ~told_or_put_aside)
        .group_by(OfficialRow.authority_kind, OfficialRow.authority_id)
        .having(number > 0, number < RECOMMENDED_OFFICIALS, changed <= now - GRACE)
        .order_by(OfficialRow.authority_kind, OfficialRow.authority_id)
        .limit(limit)
    )
    return [AuthorityId(kind=kind, id=identifier) for kind, identifier in found]


def mark_told(session: Session, authority: AuthorityId, quarter: str, now: datetime) -> bool:
    """Keeps that the officials are told this quarter; returns whether they had not been."""
    kept = insert(FewOfficialsToldRow).values(_of(authority, quarter) | {"told_at": now})
    first = kept.on_conflict_do_update(
        index_elements=KEY,
        set_={"told_at": now},
        where=FewOfficialsToldRow.told_at.is_(None),
    )
    return session.scalar(first.returning(FewOfficialsToldRow.quarter)) is not None


def put_aside(session: Session, authority: AuthorityId, quarter: str, until: datetime) -> None:
    """Lets those who could not be told be told later; whoever has been told meanwhile is left alone."""
    later = insert(FewOfficialsToldRow).values(_of(authority, quarter) | {"tried_again_at": until})
    session.execute(later.on_conflict_do_update(index_elements=KEY, set_={"tried_again_at": until}))


def _of(authority: AuthorityId, quarter: str) -> dict[str, Any]:
    return {"authority_kind": authority.kind, "authority_id": authority.id, "quarter": quarter}
