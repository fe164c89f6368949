"""A role was requested: one approval for each distinct authority, put before its officials."""

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries, reference
from approval_svc.domain.approvals import State
from approval_svc.domain.routing import OrganizationId, parts
from approval_svc.tables import ApprovalRow, RequestRow
from approval_svc.use_cases import telling
from approval_svc.use_cases.asking import put_before_officials
from shared import audit
from shared.audit import Action
from shared.contracts import Organization, RoleRequested
from shared.ids import new_id


def route_request(
    session: Session, message: RoleRequested, *, correlation_id: UUID, lifetime: timedelta, now: datetime
) -> None:
    """Stores the request with its approvals and asks the officials; a request that is known already is left alone.

    Raises:
        UnknownRoleError: no rule says who decides this role.
    """
    if session.get(RequestRow, message.request_id) is not None:
        return
    chain = reference.chain_for(message.role_id, message.survey_for)
    request = _store(session, message, correlation_id, now)
    queries.hold_directory(session)
    named = {OrganizationId(kind=each.kind, id=each.id): each for each in message.organizations}
    for part in parts(chain, named):
        approval = _approval(request, named[part] if part else None, now)
        session.add(approval)
        put_before_officials(session, approval, lifetime, now, first=True)


def _store(session: Session, message: RoleRequested, correlation_id: UUID, now: datetime) -> RequestRow:
    request = RequestRow(
        id=message.request_id,
        correlation_id=correlation_id,
        requester_user_id=message.requester.user_id,
        requester_name=message.requester.name,
        requester_email=message.requester.email,
        requester_phone=message.requester.phone,
        category_id=message.category_id,
        role_id=message.role_id,
        role_name=message.role_name,
        option_id=message.option_id,
        survey_for=message.survey_for,
        organizations=[asdict(each) for each in message.organizations],
        surveyor=message.surveyor,
        surveyor_status=message.surveyor_status,
        federal_surveyor_id=message.federal_surveyor_id,
        employee_id=message.employee_id,
        roles_held=list(message.roles_held),
        submitted_at=message.submitted_at,
        received_at=now,
    )
    session.add(request)
    session.flush()
    _audit(session, request, now)
    text = f"{message.requester.name} requested the role {message.role_name}."
    telling.note(session, text, request_id=request.id, now=message.submitted_at)
    return request


def _audit(session: Session, request: RequestRow, now: datetime) -> None:
    audit.record(
        session,
        Action.REQUEST_RECEIVED,
        ("request", request.id),
        now=now,
        after={
            "requester": request.requester_user_id,
            "role": request.role_id,
            "option": request.option_id,
            "organizations": [f"{each['kind']}:{each['id']}" for each in request.organizations],
        },
        on_behalf_of=audit.user(request.requester_user_id),
        correlation_id=request.correlation_id,
    )


def _approval(request: RequestRow, organization: Organization | None, now: datetime) -> ApprovalRow:
    return ApprovalRow(
        id=new_id(),
        request=request,
        organization_kind=organization.kind if organization else None,
        organization_id=organization.id if organization else None,
        organization_name=organization.name if organization else None,
        organization_time_zone=organization.time_zone if organization else None,
        state=State.UNROUTABLE,
        state_since=now,
        disciplines=[],
        extra_privileges=[],
    )
