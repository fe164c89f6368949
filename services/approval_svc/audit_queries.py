"""Reads of the audit, as the pages of a decision show it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from approval_svc.tables import AskingRow, OfficialRow
from shared.audit import Action
from shared.audit.reading import about
from shared.audit.table import audit


def audit_of(session: Session, request_id: UUID, approval_ids: Sequence[UUID]) -> Sequence[Any]:
    """Returns the entries of the audit about the request itself and about these of its approvals, oldest first.

    With them come those that say that an official who was asked could not be reached, or could again, while it went
    on: they are why the approval went to others.
    """
    subjects = [("request", request_id), *(("approval", each) for each in approval_ids)]
    own = session.execute(select(audit).where(about(*subjects)).order_by(audit.c.seq)).all()
    reached = _reached_meanwhile(session, approval_ids, own) if own else []
    return sorted([*own, *reached], key=lambda entry: int(entry.seq))


def _reached_meanwhile(session: Session, approval_ids: Sequence[UUID], own: Sequence[Any]) -> Sequence[Any]:
    asked = session.scalars(select(AskingRow.official_id).where(AskingRow.approval_id.in_(approval_ids)))
    whether = or_(
        audit.c.action == Action.OFFICIAL_UNREACHABLE.value,
        (audit.c.action == Action.OFFICIAL_CHANGED.value) & audit.c.after.has_key("reachable"),
    )
    return session.execute(
        select(audit).where(
            audit.c.subject_kind == "official",
            audit.c.subject_id.in_({str(each) for each in asked}),
            audit.c.seq.between(own[0].seq, own[-1].seq),
            whether,
        )
    ).all()


def people_in(session: Session, entries: Iterable[Any]) -> Sequence[OfficialRow]:
    """Returns the officials whom entries of the audit name, by their own id or by their user id."""
    ids, users = set[UUID](), set[str]()
    for entry in entries:
        after, (kind, _, name) = entry.after or {}, entry.who.partition(":")
        ids |= {UUID(each) for each in [*(after.get("asked") or ()), after.get("official")] if each}
        ids |= {UUID(each) for each in [*_absent_in(after)]}
        ids |= {UUID(name)} if kind == "official" else set()
        ids |= {UUID(entry.subject_id)} if entry.subject_kind == "official" else set()
        users |= {name} if kind == "user" else set()
    return session.scalars(
        select(OfficialRow).where(or_(OfficialRow.id.in_(ids), OfficialRow.user_id.in_(users)))
    ).all()


def _absent_in(after: Mapping[str, Any]) -> Iterator[str]:
    """Yields the ids of absent officials in whose place others were asked, or decided."""
    yield from after.get("acted_for") or ()
    for absent in (after.get("acting") or {}).values():
        yield from absent
