"""People, officials, requests and messages, in the words of the domain."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow
from approval_svc.use_cases.decide import decide
from approval_svc.use_cases.route_request import route_request
from shared.contracts import (
    EndedBecause,
    Message,
    NoticeFailed,
    Organization,
    Person,
    RoleGranted,
    RoleRemoved,
    RoleRequested,
)
from shared.db import Database
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.tables import outbox

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LIFETIME = timedelta(days=30)
LONG_AGO = NOW - timedelta(days=365)
ALABAMA = Organization(kind="state", id="AL", name="Alabama", time_zone="America/Chicago")
COLORADO_UNIVERSITY = Organization(kind="contract-organization", id="university-of-colorado", name="University")
HEALTH_SURVEYS = Organization(kind="contract-organization", id="hms", name="Health Management Solutions")
MAUMEE = Organization(kind="provider", id="365001", name="Maumee Care Center", time_zone="America/New_York")
"""A provider that no packaged list has: an operator imported it into request_svc."""
ANGELA = Person(user_id="angela.whitaker", name="Angela Whitaker", email="angela@health.example", phone="202-555-0139")

M = TypeVar("M", bound=Message)


def official(session: Session, kind: str, id: str, user_id: str, **differently: Any) -> OfficialRow:
    """Adds an official to the directory."""
    name = user_id.replace(".", " ").title()
    values: dict[str, Any] = {"name": name, "email": f"{user_id}@officials.example", "time_zone": "America/Chicago"}
    values |= {
        "active": True,
        "reachable": True,
        "source": "import",
        "added_at": NOW,
        "address_since": LONG_AGO,
    } | differently
    row = OfficialRow(id=new_id(), authority_kind=kind, authority_id=id, user_id=user_id, **values)
    session.add(row)
    session.flush()
    return row


def role_requested(role_id: str, *organizations: Organization, **differently: Any) -> RoleRequested:
    """Returns a request for the role by Angela Whitaker."""
    values: dict[str, Any] = {
        "request_id": uuid4(),
        "requester": ANGELA,
        "category_id": "state-agency",
        "role_id": role_id,
        "role_name": role_id.replace("-", " ").title(),
        "option_id": None,
        "survey_for": None,
        "organizations": organizations,
        "surveyor": None,
        "surveyor_status": None,
        "federal_surveyor_id": None,
        "employee_id": None,
        "roles_held": (),
        "submitted_at": NOW - timedelta(days=3),
    }
    return RoleRequested(**values | differently)


def general_user(**differently: Any) -> RoleRequested:
    """Returns a request for State Agency S&C General User in Alabama."""
    return role_requested("state-agency-sc-general-user", ALABAMA, **differently)


def route(session: Session, request: RoleRequested, now: datetime = NOW) -> list[ApprovalRow]:
    """Routes the request; returns its approvals in the order in which they were made."""
    route_request(session, request, correlation_id=correlation_of(request), lifetime=LIFETIME, now=now)
    return approvals_of(session, request)


def approvals_of(session: Session, request: RoleRequested) -> list[ApprovalRow]:
    session.flush()
    found = queries.find_request(session, request.request_id)
    assert found is not None
    session.refresh(found, ["approvals"])
    return list(found.approvals)


def asked(approval: ApprovalRow) -> set[str]:
    """Returns the user ids of those who may decide the approval now."""
    return {asking.official.user_id for asking in queries.live_askings(approval)}


def correlation_of(request: RoleRequested) -> UUID:
    """Returns the correlation id that the tests send a request with."""
    return UUID(int=request.request_id.int ^ 1)


def approve(session: Session, approval: ApprovalRow, by: OfficialRow, **differently: Any) -> None:
    """Lets an official approve, by a link that still works."""
    give(session, approval, by, Choice(verdict=Verdict.APPROVED, **differently))


def reject(session: Session, approval: ApprovalRow, by: OfficialRow, **differently: Any) -> None:
    """Lets an official reject, by a link that still works."""
    give(session, approval, by, Choice(verdict=Verdict.REJECTED, **{"reason": "not-needed"} | differently))


def give(session: Session, approval: ApprovalRow, by: OfficialRow, choice: Choice, way: Way | None = None) -> None:
    """Lets an official decide, by the link that was mailed to them last unless another way is named."""
    session.flush()
    asking = session.get(AskingRow, (approval.id, by.id))
    way = way or Way(link_ends=asking.links_expire_at if asking else NOW + LIFETIME)
    decide(session, approval.id, by.id, choice, way, always_sign_in=False, now=NOW + timedelta(hours=1))


def grant(holder: Person, role_id: str, organization: Organization | None = None, **differently: Any) -> RoleGranted:
    """Returns a grant of a role."""
    values: dict[str, Any] = {
        "grant_id": uuid4(),
        "request_id": uuid4(),
        "holder": holder,
        "role_id": role_id,
        "role_name": role_id,
        "organization": organization,
        "disciplines": (),
        "extra_privileges": (),
        "granted_at": NOW,
        "ends_at": None,
    }
    return RoleGranted(**values | differently)


def removal(of: RoleGranted) -> RoleRemoved:
    """Returns the end of a grant."""
    return RoleRemoved(
        grant_id=of.grant_id,
        holder=of.holder,
        role_id=of.role_id,
        role_name=of.role_name,
        organization=of.organization,
        because=EndedBecause.REMOVED,
        by_name=None,
        on_behalf_of=None,
        reason="left the agency",
        removed_at=NOW,
    )


def returned_mail(approval: ApprovalRow, recipient: str) -> NoticeFailed:
    """Returns that the mail which asked for a decision came back."""
    return NoticeFailed(
        notice_id=uuid4(),
        template="decision_wanted",
        recipient=recipient,
        request_id=approval.request_id,
        approval_id=approval.id,
        reason="550 no such mailbox",
        permanent=True,
        failed_at=NOW,
    )


def published(session: Session, kind: type[M]) -> list[M]:
    """Returns the messages of a type that were written, oldest first, each once."""
    session.flush()
    rows = session.execute(select(outbox.c.envelope).where(outbox.c.type == kind.__name__).order_by(outbox.c.id))
    envelopes = {raw["message_id"]: Envelope.from_json(raw) for (raw,) in rows}
    found = [envelope.message() for envelope in envelopes.values()]
    return [message for message in found if isinstance(message, kind)]


def correlations(database: Database) -> set[UUID]:
    """Returns the correlation ids of every message written."""
    with database.reading() as session:
        return set(session.scalars(select(outbox.c.correlation_id)))
