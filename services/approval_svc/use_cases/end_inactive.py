"""Time passed without a sign-in: the holder is warned, and in the end their roles end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from approval_svc import activity_queries, reference
from approval_svc.calendars import NATIONAL_ZONE
from approval_svc.domain.business_time import Hours
from approval_svc.domain.inactivity import Idle, judge
from approval_svc.tables import ActivityRow, GrantRow
from approval_svc.use_cases.ordering_ends import Order, order_end
from shared import audit
from shared.audit import Action
from shared.contracts import EndedBecause, IdleRole, InactiveRolesEnded, InactivityWarned, Organization, Person
from shared.ids import new_id
from shared.messaging.outbox import publish

BATCH = 500
TRIED_AGAIN_AFTER = timedelta(minutes=15)
REASON = "You had not signed in for {days} days."

log = structlog.get_logger(__name__)


def end_inactive(session: Session, now: datetime) -> int:
    """Warns whoever is due to be warned, and orders the end of roles; returns how many people it looked at.

    People whom another beat has in hand are left to it. One who cannot be handled does not hold up the others.
    """
    people = activity_queries.claim_due(session, now, BATCH)
    grants = activity_queries.lock_live_grants(session, [person.user_id for person in people])
    for person in people:
        try:
            with session.begin_nested():
                _look_at(session, person, grants.get(person.user_id, []), now)
        except Exception:
            log.exception("inactivity could not be handled", user_id=person.user_id)
            session.refresh(person)
            person.due_at = now + TRIED_AGAIN_AFTER
    return len(people)


def _look_at(session: Session, person: ActivityRow, grants: Sequence[GrantRow], now: datetime) -> None:
    roles = [_idle(grant, person) for grant in grants]
    verdict = judge(roles, person.told_at, now)
    held = {grant.id: grant for grant in grants}
    if verdict.warned:
        _warn(session, person, verdict.warned, held, now)
    if verdict.ended:
        _end(session, person, verdict.ended, held, now)
    person.due_at = verdict.next_at
    session.flush()


def _idle(grant: GrantRow, person: ActivityRow) -> Idle:
    policy = reference.deadline_policy(grant.role_id, grant.organization_kind)
    organization = grant.organization
    listed = reference.place_of(organization.kind, organization.id)[1] if organization else None
    return Idle(
        grant_id=grant.id,
        since=max(grant.idle_from, person.last_sign_in_at or grant.idle_from),
        warnings=policy.inactivity.warnings,
        end=policy.inactivity.end,
        zone=ZoneInfo(grant.organization_time_zone or listed or NATIONAL_ZONE),
        hours=Hours(*policy.mail_hours),
        warned_at=grant.warned_at,
    )


def _warn(
    session: Session, person: ActivityRow, warned: Sequence[Idle], held: dict[UUID, GrantRow], now: datetime
) -> None:
    correlation_id = new_id()
    for idle in warned:
        held[idle.grant_id].warned_at = idle.warned_at
        _record(session, held[idle.grant_id], idle, correlation_id, now)
    person.told_at = now
    message = InactivityWarned(
        holder=_holder(held),
        roles=tuple(_told(held[idle.grant_id], idle.ends_at) for idle in warned),
        last_sign_in_at=person.last_sign_in_at,
        warned_at=now,
    )
    publish(session, message, correlation_id=correlation_id, now=now)


def _end(
    session: Session, person: ActivityRow, ended: Sequence[Idle], held: dict[UUID, GrantRow], now: datetime
) -> None:
    correlation_id = new_id()
    for idle in ended:
        order = Order(because=EndedBecause.INACTIVE, reason=REASON.format(days=(now - idle.since).days))
        order_end(session, held[idle.grant_id], order, now)
    person.told_at = now
    message = InactiveRolesEnded(
        holder=_holder(held),
        roles=tuple(_told(held[idle.grant_id], now) for idle in ended),
        last_sign_in_at=person.last_sign_in_at,
        ended_at=now,
    )
    publish(session, message, correlation_id=correlation_id, now=now)


def _holder(held: dict[UUID, GrantRow]) -> Person:
    """Returns the person as their newest role knows them."""
    newest = held[max(held)]
    return Person(user_id=newest.holder_user_id, name=newest.holder_name, email=newest.holder_email)


def _told(grant: GrantRow, ends_at: datetime) -> IdleRole:
    return IdleRole(grant_id=grant.id, role_name=grant.role_name, organization=_organization(grant), ends_at=ends_at)


def _organization(grant: GrantRow) -> Organization | None:
    if grant.organization is None:
        return None
    return Organization(
        kind=grant.organization.kind,
        id=grant.organization.id,
        name=grant.organization_name or grant.organization.id,
        time_zone=grant.organization_time_zone,
    )


def _record(session: Session, grant: GrantRow, idle: Idle, correlation_id: UUID, now: datetime) -> None:
    after = {"holder": grant.holder_user_id, "ends_at": idle.ends_at}
    subject = ("grant", grant.id)
    audit.record(session, Action.GRANT_IDLE_WARNED, subject, now=now, after=after, correlation_id=correlation_id)
