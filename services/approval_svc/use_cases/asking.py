"""Putting an open approval before the officials whom routing names: the part that routing and rerouting share."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries, reference
from approval_svc.assignment_queries import absent_of, assignment_of
from approval_svc.domain import links
from approval_svc.domain.approvals import State
from approval_svc.domain.assignment import Assigned, Assignment
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow
from approval_svc.use_cases import auditing, planning, telling
from approval_svc.use_cases.ending_handovers import end_void
from approval_svc.use_cases.timing import link_lifetime
from shared.contracts import ApprovalRequested, ApprovalUnroutable, ClosedBecause
from shared.messaging.outbox import publish


class Asked(NamedTuple):
    """An approval that was put before officials: who of them is newly asked, and when their links end."""

    approval: ApprovalRow
    newly: tuple[OfficialRow, ...]
    links_expire_at: datetime


def put_before_officials(
    session: Session,
    approval: ApprovalRow,
    lifetime: timedelta,
    now: datetime,
    *,
    first: bool = False,
    later: list[Asked] | None = None,
) -> None:
    """Routes an open approval as the directory stands; asks whoever is new and no longer asks whoever is gone.

    The caller holds the directory and the request. Says nothing when nothing changed, unless it is the `first` time.
    `lifetime` is how long links may work at most, whatever the policy says. With a list as `later` nothing is told
    yet of who is asked: it is added to the list, and the caller tells (`tell_asked`).
    """
    assignment = assignment_of(session, approval)
    end_void(session, approval, assignment, now)
    before = queries.as_domain(approval)
    after = before.routed(assignment)
    if after == before and not first and _act_as_before(approval, assignment):
        return
    stood = None if first else auditing.standing(approval)
    if assignment.decided_by is None:
        _wait_unroutable(session, approval, now)
    else:
        asked = _move(session, approval, assignment, link_lifetime(approval, lifetime), now)
        # The clock first, so that who is asked is told by when; the plan is told after that, of what is known then.
        begins = planning.start(session, approval, now)
        _tell(session, asked, now, later)
        if begins:
            planning.tell_plan(session, approval, now)
    auditing.approval_routed(session, approval, stood, now)


def _act_as_before(approval: ApprovalRow, assignment: Assignment) -> bool:
    """Whether those who are asked act for the same absent officials as they do now."""
    asked = {
        each.official_id: [absent.official_id for absent in each.acts_for] for each in assignment.asked(approval.level)
    }
    acting = {
        row.official_id: [UUID(each["official"]) for each in row.acts_for] for row in queries.live_askings(approval)
    }
    return approval.state != State.ASKED or acting == asked


def _move(
    session: Session,
    approval: ApprovalRow,
    assignment: Assignment,
    lifetime: timedelta,
    now: datetime,
) -> Asked:
    wanted = assignment.asked(approval.level)
    gone = _end_askings(approval, keep=frozenset(each.official_id for each in wanted), now=now)
    _name_authority(approval, assignment, now)
    new = ask_wanted(session, approval, wanted, lifetime, now)
    if new:
        text = f"Put before {approval.authority_name}: {', '.join(telling.acting_names(approval, new))}."
        telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    telling.close(session, approval, gone, ClosedBecause.MOVED, now)
    return Asked(approval, tuple(new), links.end_of(now, lifetime))


def _tell(session: Session, asked: Asked, now: datetime, later: list[Asked] | None) -> None:
    if later is None:
        request_decision(session, asked.approval, asked.newly, asked.links_expire_at, now)
    else:
        later.append(asked)


def ask_again(
    session: Session,
    official: OfficialRow,
    lifetime: timedelta,
    now: datetime,
    *,
    later: list[Asked] | None = None,
) -> None:
    """Mails an official, whose address is another one now, what waits for their decision. The caller has the directory.

    What they were asked at this very moment goes to the new address anyway. `lifetime` is how long links may work at
    most; `later` is as for `put_before_officials`.
    """
    for approval_id in queries.waiting_for_official(session, official):
        approval = session.get_one(ApprovalRow, approval_id)
        queries.lock_request(session, approval.request_id)
        asking = queries.asking_of(approval, official.id)
        if approval.state != State.ASKED or asking is None or asking.ended_at is not None or asking.asked_at == now:
            continue
        ended = asking.links_expire_at
        asking.ask(now, links.end_of(now, link_lifetime(approval, lifetime)))
        auditing.link_renewed(session, asking, ended, now)
        text = f"Asked {official.name} again, at another address."
        telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
        _tell(session, Asked(approval, (official,), asking.links_expire_at), now, later)


def request_decision(
    session: Session,
    approval: ApprovalRow,
    newly_asked: Sequence[OfficialRow],
    expire_at: datetime,
    now: datetime,
    *,
    at_once: bool = False,
    not_before: datetime | None = None,
    digested: Collection[UUID] = (),
) -> None:
    """Publishes who may decide the approval now and who of them is to be told, at `not_before` or later if given.

    Those who want nothing but a digest find it in their next one, unless they are told `at_once`; the `digested` have
    one already.
    """
    request = approval.request
    message = ApprovalRequested(
        approval_id=approval.id,
        request_id=request.id,
        requester=telling.requester(request),
        role_id=request.role_id,
        role_name=request.role_name,
        organization=telling.organization(approval),
        authority=telling.authority(approval),
        officials=telling.asked(approval),
        newly_asked=tuple(row.id for row in newly_asked),
        requested_at=request.submitted_at,
        asked_at=now,
        links_expire_at=expire_at,
        by_digest=tuple(digested) if at_once else _by_digest(session, newly_asked, digested),
        not_before=not_before,
        escalates_at=planning.escalates_at(session, approval),
        expires_at=planning.due_of(session, approval, DeadlineKind.EXPIRY),
    )
    publish(session, message, correlation_id=request.correlation_id, now=now)


def _by_digest(session: Session, officials: Sequence[OfficialRow], digested: Collection[UUID]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys((*digest_queries.only_by_digest(session, officials), *digested)))


def _wait_unroutable(session: Session, approval: ApprovalRow, now: datetime) -> None:
    gone = _end_askings(approval, keep=frozenset(), now=now)
    approval.state, approval.state_since = State.UNROUTABLE, now
    approval.authority_kind = approval.authority_id = approval.authority_name = None
    text = "Nobody can decide this now. It waits until a Security Official is named."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    message = ApprovalUnroutable(
        approval_id=approval.id,
        request_id=approval.request_id,
        organization=telling.organization(approval),
        noticed_at=now,
    )
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)
    telling.close(session, approval, gone, ClosedBecause.MOVED, now)


def _end_askings(approval: ApprovalRow, *, keep: frozenset[UUID], now: datetime) -> list[OfficialRow]:
    gone = [asking for asking in queries.live_askings(approval) if asking.official_id not in keep]
    for asking in gone:
        asking.ended_at = now
    return [asking.official for asking in gone]


def _name_authority(approval: ApprovalRow, assignment: Assignment, now: datetime) -> None:
    step = assignment.decided_by
    if step is None:
        return
    if approval.state != State.ASKED:
        approval.state, approval.state_since = State.ASKED, now
    approval.authority_kind, approval.authority_id = step.authority.kind, step.authority.id
    approval.authority_name = reference.authority_name(step.authority.kind, approval.organization_name)


def ask_wanted(
    session: Session, approval: ApprovalRow, wanted: Sequence[Assigned], lifetime: timedelta, now: datetime
) -> list[OfficialRow]:
    """Asks those of these who are not asked yet; returns them. Whoever is asked already stays so.

    For whom they act is noted of all of them.
    """
    before = {asking.official_id for asking in queries.live_askings(approval)}
    asked: list[OfficialRow] = []
    for each in sorted(wanted, key=lambda one: one.official_id):
        asking = _asking(session, approval, each.official_id)
        if each.official_id not in before:
            asking.ask(now, links.end_of(now, lifetime))
            asked.append(asking.official)
        asking.acts_for = absent_of(session, each)
    return asked


def _asking(session: Session, approval: ApprovalRow, official_id: UUID) -> AskingRow:
    """Returns the asking of the official, a new one when they were never asked."""
    asking = queries.asking_of(approval, official_id)
    if asking is None:
        asking = AskingRow(official=session.get_one(OfficialRow, official_id), official_id=official_id)
        approval.askings.append(asking)
    return asking
