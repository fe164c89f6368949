"""Requests, decisions and people, in as many words as a test needs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.steps import Answers
from request_svc.tables import Draft, Grant, Part, RoleRequest
from request_svc.use_cases.choose_role import choose_role
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.start_draft import start_draft
from request_svc.use_cases.submit_request import submit_request
from shared.catalog import Catalog
from shared.contracts import (
    ApprovalDecided,
    ApprovalRequested,
    ApprovalUnroutable,
    ApprovalWithdrawn,
    Authority,
    DatedOutcome,
    Decision,
    ExpiredPart,
    Official,
    Organization,
    Outcome,
    Person,
    RequestDecided,
)
from shared.db import Database
from shared.ids import new_id
from shared.messaging.tables import outbox

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
ADA = Person(user_id="ada.wells", name="Ada Wells", email="ada@example.org", phone="555-0100")
BEN = Person(user_id="ben.ortiz", name="Ben Ortiz", email="ben@example.org")
LORETTA = Person(user_id="loretta.simmons", name="Loretta Simmons", email="loretta@example.org", phone="555-0111")

SAGU = ("state-agency", "state-agency-sc-general-user")
CLIA_STATE = ("state-agency", "state-agency-clia-billing-user")
SURVEYOR = ("contractor", "contract-surveyor")
VIEW_ONLY = ("cms", "cms-view-only-user")

ALABAMA = Answers(state="AL")
FOR_ALABAMA = Answers(
    survey_for="state", state="AL", contract_organizations=("certisurv", "asct-services"), surveyor_status="new"
)
FOR_CMS = Answers(survey_for="cms", contract_organizations=("certisurv", "asct-services"), surveyor_status="new")


def approval_of(request_id: UUID, organization: Organization | None) -> UUID:
    """Returns the approval's id, the same whenever the same part is meant."""
    return uuid5(request_id, organization.id if organization else "national")


def begin(database: Database, catalog: Catalog, person: Person, role: tuple[str, str]) -> UUID:
    """STEP 1 and STEP 2."""
    category_id, role_id = role
    with database.transaction() as session:
        draft_id = start_draft(session, catalog, person.user_id, category_id, NOW)
        session.flush()
        choose_role(session, catalog, draft_id, person.user_id, role_id=role_id, option_id=None, now=NOW)
    return draft_id


def submit(database: Database, catalog: Catalog, draft_id: UUID, person: Person, answers: Answers) -> UUID:
    """STEP 3."""
    with database.transaction() as session:
        return submit_request(session, catalog, draft_id, person, answers, NOW)


def request_role(
    database: Database,
    catalog: Catalog,
    person: Person = ADA,
    role: tuple[str, str] = CLIA_STATE,
    answers: Answers = ALABAMA,
) -> UUID:
    return submit(database, catalog, begin(database, catalog, person, role), person, answers)


def outcome(part: Part, decision: Decision = Decision.APPROVED, **more: Any) -> Outcome:
    organization = part.as_value()
    return Outcome(
        approval_id=approval_of(part.request_id, organization),
        organization=organization,
        decision=decision,
        decided_by=LORETTA.name,
        **more,
    )


def decided(part: Part, decision: Decision = Decision.APPROVED, **more: Any) -> ApprovalDecided:
    return ApprovalDecided(request_id=part.request_id, outcome=outcome(part, decision, **more), decided_at=LATER)


def withdrawn(part: Part) -> ApprovalWithdrawn:
    organization = part.as_value()
    return ApprovalWithdrawn(
        approval_id=approval_of(part.request_id, organization),
        request_id=part.request_id,
        organization=organization,
        withdrawn_at=LATER,
    )


def all_decided(
    request: RoleRequest, *outcomes: Outcome, each_at: datetime = LATER, expired: tuple[ExpiredPart, ...] = ()
) -> RequestDecided:
    return RequestDecided(
        request_id=request.id,
        requester=request.requester(),
        role_id=request.role_id,
        role_name=request.role_name,
        outcomes=tuple(DatedOutcome(**vars(outcome), decided_at=each_at) for outcome in outcomes),
        expired=expired,
        decided_at=LATER,
    )


def asked(part: Part, *officials: Person, at: datetime = LATER) -> ApprovalRequested:
    organization = part.as_value()
    people = tuple(
        Official(official_id=new_id(), user_id=each.user_id, name=each.name, email=each.email, phone=each.phone)
        for each in officials
    )
    return ApprovalRequested(
        approval_id=approval_of(part.request_id, organization),
        request_id=part.request_id,
        requester=ADA,
        role_id=part.role_id,
        role_name="a role",
        organization=organization,
        authority=Authority(kind="state", id="AL", name="Security Officials of Alabama"),
        officials=people,
        newly_asked=tuple(each.official_id for each in people),
        requested_at=NOW,
        asked_at=at,
        links_expire_at=at + timedelta(days=14),
    )


def nobody(part: Part, at: datetime = LATER) -> ApprovalUnroutable:
    organization = part.as_value()
    return ApprovalUnroutable(
        approval_id=approval_of(part.request_id, organization),
        request_id=part.request_id,
        organization=organization,
        noticed_at=at,
    )


def grant_role(
    database: Database, catalog: Catalog, person: Person = ADA, role: tuple[str, str] = SURVEYOR, **more: Any
) -> UUID:
    """A role requested and approved; returns the grant's id."""
    answers = FOR_ALABAMA if role == SURVEYOR else ALABAMA if role[0] == "state-agency" else Answers()
    request_id = request_role(database, catalog, person, role, answers)
    with database.transaction() as session:
        part = queries.request_of(session, request_id).parts[0]
        record_decision(session, decided(part, **more), LATER)
    with database.reading() as session:
        return session.scalars(select(Grant.id).where(Grant.request_id == request_id)).one()


def whole(database: Database, request_id: UUID) -> RoleRequest:
    with database.reading() as session:
        return queries.request_of(session, request_id)


def messages(database: Database, type: str) -> list[dict[str, Any]]:
    """The data of each message of a type in the outbox, once however many hear it."""
    with database.reading() as session:
        rows = session.execute(select(outbox.c.message_id, outbox.c.envelope).where(outbox.c.type == type))
        return list({row.message_id: row.envelope["data"] for row in rows}.values())


def old_draft(session: Session, changed_at: datetime) -> UUID:
    draft = Draft(id=new_id(), user_id=ADA.user_id, category_id="cms", answers={}, changed_at=changed_at)
    session.add(draft)
    return draft.id
