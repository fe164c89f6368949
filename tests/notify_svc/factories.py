"""People, requests and messages for tests, in the domain's words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts import (
    AccountLocked,
    ApprovalClosed,
    ApprovalRequested,
    Authority,
    ClosedBecause,
    DatedOutcome,
    Decision,
    ExpiredPart,
    Official,
    Organization,
    Person,
    RequestDecided,
    RoleRequested,
)
from shared.ids import new_id

NOW = datetime(2026, 11, 20, 20, 5, tzinfo=UTC)
ALABAMA = Organization(kind="state", id="AL", name="Alabama", time_zone="America/Chicago")
HMS = Organization(kind="contract-organization", id="hms", name="Health Management Solutions")
TELLIGEN = Organization(kind="contract-organization", id="telligen", name="Telligen")
MARIA = Person(user_id="MLOPEZ01", name="Maria Lopez", email="maria.lopez@example.gov")
SAGU = "State Agency S&C General User"


def official(name: str = "John Smith", *, user_id: str | None = None, email: str | None = None) -> Official:
    word = name.split()[0].lower()
    return Official(
        official_id=new_id(),
        user_id=user_id or word.upper(),
        name=name,
        email=f"{word}@alabama.example.gov" if email is None else email,
        time_zone="America/Chicago",
    )


def role_requested(requester: Person = MARIA, **changed: Any) -> RoleRequested:
    values: dict[str, Any] = {
        "request_id": new_id(),
        "requester": requester,
        "category_id": "state-agency",
        "role_id": "state-agency-sc-general-user",
        "role_name": SAGU,
        "option_id": None,
        "survey_for": None,
        "organizations": (ALABAMA,),
        "surveyor": None,
        "surveyor_status": None,
        "federal_surveyor_id": None,
        "employee_id": "A1",
        "roles_held": (),
        "submitted_at": NOW,
    }
    return RoleRequested(**values | changed)


def approval_requested(*officials: Official, requester: Person = MARIA, **changed: Any) -> ApprovalRequested:
    values: dict[str, Any] = {
        "approval_id": new_id(),
        "request_id": new_id(),
        "requester": requester,
        "role_id": "state-agency-sc-general-user",
        "role_name": SAGU,
        "organization": ALABAMA,
        "authority": Authority(kind="state", id="AL", name="Security Officials of Alabama"),
        "officials": officials,
        "newly_asked": tuple(one.official_id for one in officials),
        "requested_at": NOW,
        "asked_at": NOW,
        "links_expire_at": NOW + timedelta(days=14),
    }
    return ApprovalRequested(**values | changed)


def approval_closed(asked: ApprovalRequested, because: ClosedBecause, by: Official | None = None) -> ApprovalClosed:
    return ApprovalClosed(
        approval_id=asked.approval_id,
        request_id=asked.request_id,
        requester_name=asked.requester.name,
        role_name=asked.role_name,
        organization=asked.organization,
        because=because,
        decision=Decision.APPROVED if by else None,
        decided_by=by.name if by else None,
        decided_by_official=by.official_id if by else None,
        officials=asked.officials,
        closed_at=NOW + timedelta(hours=1),
    )


def outcome(decision: Decision, organization: Organization | None = ALABAMA, **changed: Any) -> DatedOutcome:
    values = {
        "approval_id": new_id(),
        "organization": organization,
        "decision": decision,
        "decided_by": "John Smith",
        "decided_at": NOW,
    }
    return DatedOutcome(**values | changed)


def request_decided(
    *outcomes: DatedOutcome, role_id: str = "x", role_name: str = SAGU, expired: tuple[ExpiredPart, ...] = ()
) -> RequestDecided:
    return RequestDecided(
        request_id=new_id(),
        requester=MARIA,
        role_id=role_id,
        role_name=role_name,
        outcomes=outcomes,
        expired=expired,
        decided_at=NOW + timedelta(hours=1),
    )


def account_locked() -> AccountLocked:
    return AccountLocked(account=MARIA, locked_at=NOW, locked_until=NOW + timedelta(minutes=30))
