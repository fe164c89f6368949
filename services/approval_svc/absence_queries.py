"""Reads of absences: who acts for whom now, who is absent when, and whom somebody may choose as substitute."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, true, union
from sqlalchemy.orm import Session, joinedload

from approval_svc import queries, reference
from approval_svc.domain.assignment import Away
from approval_svc.domain.routing import AuthorityId, OrganizationId, authorities, is_same
from approval_svc.tables import AbsenceRow, OfficialRow


def away_among(session: Session, user_ids: Collection[str]) -> list[Away]:
    """Returns who of these people is absent now, and who acts for them."""
    in_force = (AbsenceRow.begun_at.is_not(None), AbsenceRow.over_at.is_(None), AbsenceRow.user_id.in_(user_ids))
    rows = session.scalars(select(AbsenceRow).where(*in_force).options(joinedload(AbsenceRow.substitute)))
    return [Away(user_id=row.user_id, substitute=row.substitute.user_id) for row in rows]


def in_force_of(session: Session, user_ids: Collection[str]) -> dict[str, AbsenceRow]:
    """Returns the absences of those of these people who are absent now, by user id."""
    in_force = (AbsenceRow.begun_at.is_not(None), AbsenceRow.over_at.is_(None), AbsenceRow.user_id.in_(user_ids))
    return {row.user_id: row for row in session.scalars(select(AbsenceRow).where(*in_force))}


def relying_on(session: Session, authority: AuthorityId) -> list[AuthorityId]:
    """Returns the authorities of those who are absent now and for whom an official of this authority acts."""
    substitutes = select(OfficialRow.id).where(
        OfficialRow.authority_kind == authority.kind, OfficialRow.authority_id == authority.id
    )
    absent = select(AbsenceRow.user_id).where(
        AbsenceRow.begun_at.is_not(None), AbsenceRow.over_at.is_(None), AbsenceRow.substitute_id.in_(substitutes)
    )
    rows = session.scalars(select(OfficialRow).where(OfficialRow.user_id.in_(absent), OfficialRow.active))
    return sorted({row.authority for row in rows} - {authority}, key=str)


def open_absences_of(session: Session, user_id: str) -> Sequence[AbsenceRow]:
    """Returns the person's absences that are planned or in force, the first one first."""
    return _open(session, AbsenceRow.user_id == user_id)


def all_open(session: Session) -> Sequence[AbsenceRow]:
    """Returns every absence that is planned or in force, the first one first."""
    return _open(session, true())


def open_absence(session: Session, absence_id: UUID) -> AbsenceRow | None:
    """Returns the absence, unless it is over or was cancelled."""
    return next(iter(_open(session, AbsenceRow.id == absence_id)), None)


def concerning(session: Session, people: Iterable[str]) -> Sequence[AbsenceRow]:
    """Returns the absences, planned or in force, of these people, and those in which they act for others."""
    wanted = [*people]
    theirs = select(OfficialRow.id).where(OfficialRow.user_id.in_(wanted))
    return _open(session, AbsenceRow.user_id.in_(wanted) | AbsenceRow.substitute_id.in_(theirs))


def due(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Returns up to `limit` absences that are to begin, or to end, those that end first before the others; no lock.

    Each by an index of its own (ix_absences_begins_at, ix_absences_ends_at): planned ones, and those in force, are not
    looked at.
    """
    is_tried = AbsenceRow.tried_again_at.is_(None) | (AbsenceRow.tried_again_at <= now)
    is_open = select(AbsenceRow.id, AbsenceRow.ends_at).where(AbsenceRow.over_at.is_(None), is_tried)
    begin = is_open.where(AbsenceRow.begun_at.is_(None), AbsenceRow.begins_at <= now).order_by(AbsenceRow.begins_at)
    end = is_open.where(AbsenceRow.ends_at <= now).order_by(AbsenceRow.ends_at)
    found = union(begin.limit(limit), end.limit(limit)).subquery()
    return session.scalars(select(found.c.id).order_by(found.c.ends_at, found.c.id).limit(limit)).all()


def acted_by(session: Session, user_id: str) -> Sequence[AbsenceRow]:
    """Returns the absences, planned or in force, in which the person acts for somebody else, the first one first."""
    theirs = select(OfficialRow.id).where(OfficialRow.user_id == user_id)
    return _open(session, AbsenceRow.substitute_id.in_(theirs))


def rows_of(session: Session, user_id: str) -> Sequence[OfficialRow]:
    """Returns where the person is an official now, the first authority first."""
    theirs = select(OfficialRow).where(OfficialRow.user_id == user_id, OfficialRow.active)
    return session.scalars(theirs.order_by(OfficialRow.added_at, OfficialRow.id)).all()


def possible_substitutes(session: Session, rows: Sequence[OfficialRow]) -> list[OfficialRow]:
    """Returns who may act for somebody with these rows: officials of the same authorities, or of those next up.

    Each other person once, by name, who is active and whom mail reaches; somebody with the same address counts as
    the same person.
    """
    near = dict.fromkeys(each for row in rows for each in _near(row.authority))
    found: dict[str, OfficialRow] = {}
    for each in queries.officials_of(session, near) if near else ():
        is_self = any(is_same(each.user_id, row.user_id) or is_same(each.email, row.email) for row in rows)
        if each.active and each.reachable and not is_self:
            found.setdefault(each.user_id, each)
    return sorted(found.values(), key=lambda row: row.name.casefold())


def _near(authority: AuthorityId) -> tuple[AuthorityId, ...]:
    kinds = reference.kinds_above(authority.kind)
    return authorities(kinds, OrganizationId(kind=authority.kind, id=authority.id))[:2]


def _open(session: Session, condition: ColumnElement[bool]) -> Sequence[AbsenceRow]:
    wanted = select(AbsenceRow).where(AbsenceRow.over_at.is_(None), condition)
    return session.scalars(
        wanted.order_by(AbsenceRow.begins_at, AbsenceRow.id).options(joinedload(AbsenceRow.substitute))
    ).all()
