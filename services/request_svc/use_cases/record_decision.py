"""ApprovalDecided: one organization's decision; an approval makes a role grant."""

from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, PartState
from request_svc.tables import Grant, Part, RoleRequest
from request_svc.use_cases.ending import End, end_grant
from request_svc.use_cases.parts import end_part, part_for
from request_svc.use_cases.timeline import note
from shared import audit, closed_accounts
from shared.audit import Action
from shared.contracts import ApprovalDecided, Decision, EndedBecause, Outcome, RoleGranted
from shared.ids import new_id
from shared.messaging.outbox import publish


def record_decision(session: Session, message: ApprovalDecided, now: datetime) -> None:
    """Keeps the decision and grants the role when it is an approval; a decision seen before changes nothing.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    apply_outcome(session, request, message.outcome, message.decided_at, now)


def apply_outcome(session: Session, request: RoleRequest, outcome: Outcome, at: datetime, now: datetime) -> None:
    """Applies one outcome to a locked request; a part that has ended stays as it is."""
    part = part_for(request, outcome.organization)
    if part.state is not PartState.PENDING:
        return
    _decide(session, part, outcome, at)
    _note(session, part, outcome, at)
    if outcome.decision is Decision.APPROVED:
        _grant(session, request, part, outcome, at, now)


def _decide(session: Session, part: Part, outcome: Outcome, at: datetime) -> None:
    part.approval_id, part.decided_by, part.decided_at = outcome.approval_id, outcome.decider, at
    part.reason, part.comment = outcome.reason, outcome.comment
    end_part(session, part, PartState(outcome.decision), at)


def _note(session: Session, part: Part, outcome: Outcome, at: datetime) -> None:
    kind, people = Happening(outcome.decision), [outcome.decider]
    note(session, part.request_id, kind, at, organization=part.organization_name, people=people, words=outcome.reason)


def _grant(session: Session, request: RoleRequest, part: Part, outcome: Outcome, at: datetime, now: datetime) -> None:
    grant = Grant(
        id=new_id(),
        part_id=part.id,
        request_id=request.id,
        user_id=request.user_id,
        category_id=request.category_id,
        role_id=request.role_id,
        role_name=request.role_name,
        option_id=request.option_id,
        scope=part.scope,
        organization=part.organization,
        surveyor=request.surveyor,
        disciplines=list(outcome.disciplines),
        extra_privileges=list(outcome.extra_privileges),
        granted_at=at,
        ends_at=outcome.ends_at,
    )
    session.add(grant)
    _audit(session, request, grant)
    publish(session, _message(request, grant), correlation_id=request.correlation_id, now=now)
    if closed_accounts.is_closed(session, grant.user_id):
        session.flush()
        end_grant(session, grant, End(because=EndedBecause.ACCOUNT_CLOSED, at=now))


def _audit(session: Session, request: RoleRequest, grant: Grant) -> None:
    audit.record(
        session,
        Action.GRANT_GIVEN,
        ("grant", grant.id),
        now=grant.granted_at,
        after={
            "request": request.id,
            "part": grant.scope,
            "holder": grant.user_id,
            "role": grant.role_id,
            "option": grant.option_id,
            "disciplines": grant.disciplines,
            "extra_privileges": grant.extra_privileges,
            "ends_at": grant.ends_at,
        },
        correlation_id=request.correlation_id,
    )


def _message(request: RoleRequest, grant: Grant) -> RoleGranted:
    return RoleGranted(
        grant_id=grant.id,
        request_id=request.id,
        holder=request.requester(),
        role_id=grant.role_id,
        role_name=grant.role_name,
        organization=grant.as_value(),
        disciplines=tuple(grant.disciplines),
        extra_privileges=tuple(grant.extra_privileges),
        granted_at=grant.granted_at,
        ends_at=grant.ends_at,
    )
