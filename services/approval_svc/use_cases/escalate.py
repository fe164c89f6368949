"""Nobody answered in time: the next authority is asked besides, and at the end of the chain operations look."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from approval_svc import reference
from approval_svc.domain.assignment import Assignment
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.use_cases import reminding, telling
from approval_svc.use_cases.asking import ask_wanted
from approval_svc.use_cases.reminding import awaited
from approval_svc.use_cases.timing import Timing, assignment_if_known, link_lifetime
from shared import audit
from shared.audit import Action
from shared.contracts import ApprovalEscalated, Authority

log = structlog.get_logger(__name__)


def escalate(
    session: Session, approval: ApprovalRow, times: int, timing: Timing, at_most: timedelta, now: datetime
) -> ApprovalEscalated | None:
    """Adds as many authorities as escalations are due; those who are asked already may still decide.

    Returns what is to be told, or None when nobody is asked besides. Where the chain ends operations are alerted,
    once. The caller holds the directory and the request.
    """
    escalated = None
    assignment = assignment_if_known(session, approval)
    levels = _levels_above(assignment, approval.level, times)
    if assignment is not None and levels:
        escalated = _add(session, approval, assignment, levels[-1], timing, at_most, now)
    if len(levels) < times and approval.stuck_since is None:
        _alert_operations(session, approval, now)
    return escalated


def _levels_above(assignment: Assignment | None, level: int, times: int) -> list[int]:
    found: list[int] = []
    while assignment is not None and len(found) < times:
        above = assignment.above(found[-1] if found else level)
        if above is None:
            break
        found.append(above)
    return found


def _add(
    session: Session,
    approval: ApprovalRow,
    assignment: Assignment,
    level: int,
    timing: Timing,
    at_most: timedelta,
    now: datetime,
) -> ApprovalEscalated:
    before, approval.level = approval.level, level
    new = ask_wanted(session, approval, assignment.asked(level), link_lifetime(approval, at_most), now)
    kind, identifier = _authority(assignment, level)
    authority = Authority(kind=kind, id=identifier, name=reference.authority_name(kind, approval.organization_name))
    values = awaited(session, approval, timing, at_most, now) | {"authority": authority}
    message = ApprovalEscalated(**values, newly_asked=tuple(row.id for row in new), escalated_at=now)
    text = (
        f"Nobody answered in time. Asked besides: {authority.name} ({', '.join(telling.acting_names(approval, new))})."
    )
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    _audit(session, approval, before, new, now)
    return message


def _authority(assignment: Assignment, level: int) -> tuple[str, str]:
    authority = assignment.routing.steps[level].authority
    return authority.kind, authority.id


def _audit(session: Session, approval: ApprovalRow, before: int, new: Sequence[OfficialRow], now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_ESCALATED,
        ("approval", approval.id),
        now=now,
        before={"level": before},
        after={"level": approval.level, "asked": {row.id for row in new}, "request": approval.request_id},
        correlation_id=approval.request.correlation_id,
    )


def _alert_operations(session: Session, approval: ApprovalRow, now: datetime) -> None:
    approval.stuck_since = now
    text = "Nobody answered in time, and there is no further authority to ask. Operations were alerted."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    reminding.record(session, approval, Action.APPROVAL_STUCK, {"stuck_since": now}, now)
    log.warning("nobody decides, and the chain of authorities has ended", approval_id=str(approval.id))
