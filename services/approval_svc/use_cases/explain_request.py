"""For any request: who could decide it and why, who was passed over and why; for a page and for the terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries, reference, talking_queries
from approval_svc.assignment_queries import assignment_of
from approval_svc.domain.assignment import Assigned
from approval_svc.domain.routing import Routing, Step
from approval_svc.tables import ApprovalRow, OfficialRow


@dataclass(frozen=True)
class OfficialLine:
    """One official of an authority; `verdict` is read after the name."""

    name: str
    user_id: str
    may_decide: bool
    verdict: str


@dataclass(frozen=True)
class AuthorityLine:
    """One authority of the chain; `decides` marks the one that routing names now."""

    name: str
    decides: bool
    because: str
    officials: tuple[OfficialLine, ...]


@dataclass(frozen=True)
class ApprovalLines:
    """One approval of the request, as it is stored and as routing sees it now."""

    approval_id: UUID
    organization: str
    state: str
    asked: tuple[str, ...]
    authorities: tuple[AuthorityLine, ...]


@dataclass(frozen=True)
class Explanation:
    """A request with the routing of each approval as the directory stands now."""

    request_id: UUID
    requester: str
    requester_user_id: str
    role_name: str
    approvals: tuple[ApprovalLines, ...]


def explain_request(session: Session, request_id: UUID) -> Explanation | None:
    """Returns the explanation, or None when there is no such request."""
    request = queries.find_request(session, request_id)
    if request is None:
        return None
    return Explanation(
        request_id=request.id,
        requester=request.requester_name,
        requester_user_id=request.requester_user_id,
        role_name=request.role_name,
        approvals=tuple(_approval(session, approval) for approval in request.approvals),
    )


def _approval(session: Session, approval: ApprovalRow) -> ApprovalLines:
    return ApprovalLines(
        approval_id=approval.id,
        organization=approval.organization_name or "National",
        state=approval.state,
        asked=tuple(asking.official.name for asking in queries.live_askings(approval)),
        authorities=_authorities(session, approval),
    )


def _authorities(session: Session, approval: ApprovalRow) -> tuple[AuthorityLine, ...]:
    """Returns the chain of authorities; none when the catalog has lost the role."""
    if not reference.is_known(approval.request.role_id, approval.request.survey_for):
        return ()
    assignment = assignment_of(session, approval)
    routing = assignment.routing
    rows = {row.id: row for row in queries.officials_of(session, [step.authority for step in routing.steps])}
    asked = {each.official_id: each for each in assignment.asked(approval.level)}
    handed = _handed(session, approval)
    return tuple(_authority(routing, step, approval, rows, asked, handed) for step in routing.steps)


def _handed(session: Session, approval: ApprovalRow) -> dict[UUID, str]:
    """Returns, of those who gave or received the approval, what they did with it last."""
    said: dict[UUID, str] = {}
    for row in talking_queries.handovers_of(session, approval):
        if row.ended_at is None:
            said[row.giver_id] = f"handed it over to {row.receiver.name}"
            said[row.receiver_id] = f"may decide: {row.giver.name} handed it over"
    return said


def _authority(
    routing: Routing,
    step: Step,
    approval: ApprovalRow,
    rows: Mapping[UUID, OfficialRow],
    asked: Mapping[UUID, Assigned],
    handed: Mapping[UUID, str],
) -> AuthorityLine:
    verdicts = {each.official_id: _verdict(asked.get(each.official_id), rows) for each in step.eligible}
    verdicts.update(handed)
    may = [
        _official(rows[each.official_id], may_decide=True, verdict=verdicts[each.official_id]) for each in step.eligible
    ]
    decides = any(each.official_id in asked for each in step.eligible)
    passed = [
        _official(rows[each.official_id], may_decide=False, verdict=reason.value) for each, reason in step.passed_over
    ]
    return AuthorityLine(
        name=reference.authority_name(step.authority.kind, approval.organization_name),
        decides=decides,
        because=_because(routing, step, approval.level, decides=decides),
        officials=(*may, *passed),
    )


def _verdict(asked: Assigned | None, rows: Mapping[UUID, OfficialRow]) -> str:
    if asked is None:
        return "could decide, but is not asked"
    absent = " and ".join(rows[each.official_id].name for each in asked.acts_for)
    besides = "also " if asked.in_own_right else ""
    return f"may decide, {besides}in place of {absent}" if absent else "may decide"


def _because(routing: Routing, step: Step, level: int, *, decides: bool) -> str:
    if step is routing.decided_by:
        return "first authority with somebody who may decide"
    if decides:
        escalated = any(each in routing.asked(level) for each in step.eligible)
        why = "nobody before it answered in time" if escalated else "somebody handed it over"
        return f"asked besides, because {why}"
    if step.eligible:
        return "not needed: an authority before it can decide"
    return "passed over: nobody here may decide" if step.passed_over else "passed over: it has no Security Official"


def _official(row: OfficialRow, *, may_decide: bool, verdict: str) -> OfficialLine:
    return OfficialLine(name=row.name, user_id=row.user_id, may_decide=may_decide, verdict=verdict)
