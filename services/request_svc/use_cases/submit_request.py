"""A person submits STEP 3: the draft becomes a request, and approval_svc is told."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain import requests, steps
from request_svc.domain.refusals import (
    AlreadyGrantedError,
    AlreadyRequestedError,
    ClosedAccountError,
    IncompleteError,
)
from request_svc.domain.requests import Happening
from request_svc.domain.steps import Answers, OrganizationKey, Question, Step
from request_svc.tables import Draft, OrganizationRow, Part, RoleRequest
from request_svc.use_cases.category_rules import check_category
from request_svc.use_cases.choose_role import check_role
from request_svc.use_cases.timeline import note
from shared import audit, closed_accounts
from shared.audit import Action
from shared.catalog import Catalog, Role
from shared.contracts import Person, RoleRequested, SurveyFor, SurveyorStatus
from shared.ids import new_id
from shared.messaging.outbox import publish


def submit_request(
    session: Session, catalog: Catalog, draft_id: UUID, requester: Person, answers: Answers, now: datetime
) -> UUID:
    """Returns the id of the request; the same draft, submitted again, gives the same request.

    Raises:
        DraftMissingError: the person has no such draft.
        ClosedAccountError: the person's account was closed.
        IncompleteError: STEP 3 lacks something, or names an organization that is not known.
        AlreadyRequestedError, AlreadyGrantedError: for one of the organizations.
        OtherCategoryError, RoleNotInCategoryError, …: what held at STEP 1 and 2 does not hold any more.
    """
    queries.lock_person(session, requester.user_id)
    if before := queries.request_of_draft(session, draft_id, requester.user_id):
        return before.id
    if closed_accounts.is_closed(session, requester.user_id):
        raise ClosedAccountError
    draft = queries.lock_draft(session, draft_id, requester.user_id)
    check_category(session, catalog, requester.user_id, draft.category_id)
    role = check_role(catalog, draft.category_id, draft.role_id, draft.option_id)
    request = _request(draft, role, requester, answers, now)
    _add_organizations(session, request, question_of(role), answers)
    _check_not_twice(session, request)
    session.add(request)
    session.flush()
    note(session, request.id, Happening.SUBMITTED, now)
    _audit(session, request, now)
    lane = requests.lane(request.category_id, request.organizations)
    publish(session, _message(session, request), correlation_id=request.correlation_id, now=now, lane=lane)
    return request.id


def _audit(session: Session, request: RoleRequest, now: datetime) -> None:
    audit.record(
        session,
        Action.REQUEST_SUBMITTED,
        ("request", request.id),
        now=now,
        after={
            "state": request.state,
            "role": request.role_id,
            "option": request.option_id,
            "parts": [part.scope for part in request.parts],
        },
        who=audit.user(request.user_id),
        correlation_id=request.correlation_id,
    )


def question_of(role: Role) -> Question:
    """Returns what STEP 3 asks for a role of the catalog."""
    return Question(step=Step(role.step3), survey_for=tuple(role.survey_for), asks_surveyor=role.asks_surveyor)


def _add_organizations(session: Session, request: RoleRequest, question: Question, answers: Answers) -> None:
    """Gives the request the organizations that were named, and a part for each that decides."""
    known = _known_organizations(session, question, answers)
    request.organizations = [asdict(known[key].as_value()) for key in steps.chosen(question, answers)]
    request.parts = [
        _part(request, known[key] if key else None, position)
        for position, key in enumerate(steps.deciding(question, answers))
    ]


def _known_organizations(
    session: Session, question: Question, answers: Answers
) -> dict[OrganizationKey, OrganizationRow]:
    problems = steps.problems(question, answers)
    known = {}
    for key in steps.chosen(question, answers):
        row = queries.organization(session, key)
        if row is None:
            field = "contract_organizations" if key.kind == "contract-organization" else key.kind
            problems.setdefault(field, steps.NOT_LISTED[key.kind])
        else:
            known[key] = row
    if problems:
        raise IncompleteError(problems)
    return known


def _request(draft: Draft, role: Role, requester: Person, answers: Answers, now: datetime) -> RoleRequest:
    kept = steps.relevant(question_of(role), answers)
    return RoleRequest(
        id=new_id(),
        draft_id=draft.id,
        correlation_id=new_id(),
        **asdict(requester),
        category_id=draft.category_id,
        role_id=role.id,
        role_name=role.option(draft.option_id).role_name if draft.option_id else role.name,
        option_id=draft.option_id,
        survey_for=kept.survey_for,
        surveyor=kept.surveyor,
        surveyor_status=kept.surveyor_status,
        federal_surveyor_id=kept.federal_surveyor_id,
        employee_id=kept.employee_id,
        submitted_at=now,
    )


def _part(request: RoleRequest, organization: OrganizationRow | None, position: int) -> Part:
    key = OrganizationKey(organization.kind, organization.id) if organization else None
    return Part(
        id=new_id(),
        position=position,
        scope=steps.scope_of(key),
        user_id=request.user_id,
        role_id=request.role_id,
        option_id=request.option_id,
        organization=asdict(organization.as_value()) if organization else None,
    )


def _check_not_twice(session: Session, request: RoleRequest) -> None:
    for part in request.parts:
        same = (request.user_id, request.role_id, request.option_id, part.scope)
        if pending := queries.pending_part(session, *same):
            raise AlreadyRequestedError(pending.request_id, request.role_name, part.organization_name)
        if grant := queries.grant_for(session, *same):
            raise AlreadyGrantedError(grant.id, request.role_name, part.organization_name)


def _message(session: Session, request: RoleRequest) -> RoleRequested:
    grants = queries.active_grants(session, request.user_id)
    return RoleRequested(
        request_id=request.id,
        requester=request.requester(),
        category_id=request.category_id,
        role_id=request.role_id,
        role_name=request.role_name,
        option_id=request.option_id,
        survey_for=SurveyFor(request.survey_for) if request.survey_for else None,
        organizations=request.organization_values(),
        surveyor=request.surveyor,
        surveyor_status=SurveyorStatus(request.surveyor_status) if request.surveyor_status else None,
        federal_surveyor_id=request.federal_surveyor_id,
        employee_id=request.employee_id,
        roles_held=tuple(sorted({grant.role_id for grant in grants})),
        submitted_at=request.submitted_at,
    )
