"""Reads of organizations that have fewer officials than they should."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc.domain.few import GRACE, RECOMMENDED_OFFICIALS
from approval_svc.domain.routing import NATIONAL, AuthorityId
from approval_svc.tables import FewOfficialsToldRow, OfficialRow


def not_told_yet(session: Session, quarter: str, now: datetime, limit: int) -> Sequence[AuthorityId]:
    """Returns organizations with too few officials, but with one whom mail reaches, who were not told this quarter."""
    able = and_(OfficialRow.active, OfficialRow.reachable)
    number = func.count().filter(able)
    changed = func.max(func.greatest(OfficialRow.added_at, OfficialRow.removed_at))
    told = exists().where(
        FewOfficialsToldRow.authority_kind == OfficialRow.authority_kind,
        FewOfficialsToldRow.authority_id == OfficialRow.authority_id,
        FewOfficialsToldRow.quarter == quarter,
    )
    found = session.execute(
        select(OfficialRow.authority_kind, OfficialRow.authority_id)
        .where(OfficialRow.authority_kind.not_in(NATIONAL), ~told)
        .group_by(OfficialRow.authority_kind, OfficialRow.authority_id)
        .having(number > 0, number < RECOMMENDED_OFFICIALS, changed <= now - GRACE)
        .order_by(OfficialRow.authority_kind, OfficialRow.authority_id)
        .limit(limit)
    )
    return [AuthorityId(kind=kind, id=identifier) for kind, identifier in found]


def mark_told(session: Session, authority: AuthorityId, quarter: str, now: datetime) -> bool:
    """Keeps that the officials are told this quarter; returns whether they had not been."""
    row = {"authority_kind": authority.kind, "authority_id": authority.id, "quarter": quarter, "told_at": now}
    kept = insert(FewOfficialsToldRow).values(row).on_conflict_do_nothing().returning(FewOfficialsToldRow.quarter)
    return session.scalar(kept) is not None
