"""Reads of the audit, as the pages of a decision show it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from approval_svc.tables import OfficialRow
from shared.audit.reading import about
from shared.audit.table import audit


def audit_of(session: Session, request_id: UUID, approval_ids: Sequence[UUID]) -> Sequence[Any]:
    """Returns the entries of the audit about the request itself and about these of its approvals, oldest first."""
    subjects = [("request", request_id), *(("approval", each) for each in approval_ids)]
    return session.execute(select(audit).where(about(*subjects)).order_by(audit.c.seq)).all()


def people_in(session: Session, entries: Iterable[Any]) -> Sequence[OfficialRow]:
    """Returns the officials whom entries of the audit name, by their own id or by their user id."""
    ids, users = set[UUID](), set[str]()
    for entry in entries:
        after, (kind, _, name) = entry.after or {}, entry.who.partition(":")
        ids |= {UUID(each) for each in [*(after.get("asked") or ()), after.get("official")] if each}
        ids |= {UUID(name)} if kind == "official" else set()
        users |= {name} if kind == "user" else set()
    return session.scalars(
        select(OfficialRow).where(or_(OfficialRow.id.in_(ids), OfficialRow.user_id.in_(users)))
    ).all()
