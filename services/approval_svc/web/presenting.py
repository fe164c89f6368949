"""Rows as what the templates of the decision pages show."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from approval_svc import deadline_queries, queries, reference, talking_queries
from approval_svc.domain.approvals import OPEN
from approval_svc.domain.choices import LONGEST_COMMENT, REASONS, Choice
from approval_svc.tables import ApprovalRow, AskingRow, RequestRow
from approval_svc.use_cases import decide, planning
from approval_svc.web import presenting_questions, trail
from shared.catalog import by_section, the_catalog
from shared.clock import format_instant

Facts = list[tuple[str, str]]


def decision_page(
    session: Session, approval: ApprovalRow, asking: AskingRow, zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """Returns everything that an official needs to know to decide."""
    request = approval.request
    offer = decide.offer_of(request)
    role = the_catalog().role(request.role_id)
    return {
        **_common(session, approval, asking, zone),
        "role_description": role.description,
        "needs_disciplines": role.has_disciplines,
        "makes_official": role.official_of is not None,
        "age": age(request.submitted_at, now),
        "escalates_at": planning.escalates_at(session, approval),
        "expires_at": deadline_queries.expiries(session, [approval]).get(approval.id),
        **_holdings(session, approval),
        **presenting_questions.on_decision_page(session, approval),
        "disciplines": reference.disciplines(offer.disciplines),
        "grantable": by_section(reference.privileges(offer.privileges)),
        "reasons": list(REASONS.items()),
        "longest_comment": LONGEST_COMMENT,
    }


def confirmation(approval: ApprovalRow, asking: AskingRow, choice: Choice) -> dict[str, Any]:
    """Returns what the confirmation page says will happen."""
    others = [each.official.name for each in queries.live_askings(approval) if each is not asking]
    pending = [each for each in approval.request.approvals if each is not approval and each.state in OPEN]
    return {
        "approval": approval,
        "request_row": approval.request,
        "official": asking.official,
        "others": others,
        "pending": [each.organization_name or "national" for each in pending],
        "reason": REASONS.get(choice.reason or ""),
        "disciplines": reference.disciplines(choice.disciplines),
        "privileges": reference.privileges(choice.extra_privileges),
    }


def outcome(session: Session, approval: ApprovalRow, asking: AskingRow, zone: ZoneInfo) -> dict[str, Any]:
    """Returns how an approval ended."""
    return {
        **_common(session, approval, asking, zone),
        **presenting_questions.on_outcome_page(session, approval),
        "by_you": approval.decided_by == asking.official_id,
        "reason": REASONS.get(approval.reason or ""),
        "disciplines": reference.disciplines(approval.disciplines),
        "privileges": reference.privileges(approval.extra_privileges),
    }


def age(since: datetime, now: datetime) -> str:
    """Returns how long ago that is, in words: "3 days", "5 hours", "less than an hour"."""
    hours = int((now - since).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    number, unit = (hours // 24, "day") if hours >= 24 else (hours, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def facts(approval: ApprovalRow) -> Facts:
    """Returns what the requester entered, in the order and with the labels of the job aids' forms."""
    request = approval.request
    everything: list[tuple[str, str | None]] = [
        ("Name", request.requester_name),
        ("User ID", request.requester_user_id),
        ("Email", request.requester_email),
        ("Phone Number", request.requester_phone),
        ("User Role", request.role_name),
        *_organizations(request),
        ("State Agency Employee ID", request.employee_id),
        ("Surveyor", {True: "Yes", False: "No", None: None}[request.surveyor]),
        ("New or Existing Surveyor", request.surveyor_status and request.surveyor_status.capitalize()),
        ("Federal Surveyor ID", request.federal_surveyor_id),
    ]
    return [(label, value) for label, value in everything if value]


def _organizations(request: RequestRow) -> list[tuple[str, str | None]]:
    surveys_for = {"cms": "CMS", "state": "State", None: None}[request.survey_for]
    kinds: dict[str, list[str]] = {}
    for each in request.organizations:
        kinds.setdefault(each["kind"] or "", []).append(each["name"] or "")
    catalog = the_catalog()
    named = [(catalog.organization_kind(kind).label, "\n".join(names)) for kind, names in kinds.items()]
    return [("Organization", surveys_for), *named]


def _common(session: Session, approval: ApprovalRow, asking: AskingRow, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "approval": approval,
        "request_row": approval.request,
        "official": asking.official,
        "authority": reference.authority_name(asking.official.authority_kind, approval.organization_name),
        "facts": [*facts(approval), ("Request Date", format_instant(approval.request.submitted_at, zone))],
        "history": queries.history_of(session, approval.request_id, approval.id),
        "trail": trail.of_approval(session, approval),
        "is_open": approval.state in OPEN,
        "handovers": talking_queries.handovers_of(session, approval),
        "opinions": talking_queries.opinions_of(session, approval),
        "comments": talking_queries.comments_of(session, approval),
        "at": partial(format_instant, zone=zone),
    }


def _holdings(session: Session, approval: ApprovalRow) -> dict[str, Any]:
    """Returns the roles that the requester has now, and what the requested one adds to them for the organization.

    What somebody may do for one state they may not do for another: grants for other organizations are named, but
    take nothing away. Where nothing was ever heard of the person's grants, what the request itself says must do.
    """
    request = approval.request
    heard = queries.grants_of(session, request.requester_user_id)
    if not heard:
        adds = reference.added_privileges(request.role_id, request.roles_held, ())
        return {"adds": by_section(adds), "roles_held": _role_names(request)}
    current = [grant for grant in heard if grant.removed_at is None]
    here = [grant for grant in current if grant.organization in (None, queries.organization_of(approval))]
    extra = {each for grant in here for each in grant.extra_privileges}
    adds = reference.added_privileges(request.role_id, [grant.role_id for grant in here], extra)
    return {"adds": by_section(adds), "roles_held": [grant.title for grant in current]}


def _role_names(request: RequestRow) -> list[str]:
    known = {role.id: role.name for role in the_catalog().roles}
    return [known.get(each, each) for each in request.roles_held]
