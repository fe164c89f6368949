"""Rows as the values that messages carry, and lines for the history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries, reference
from approval_svc.domain.choices import REASONS
from approval_svc.tables import ApprovalRow, AskingRow, HistoryRow, OfficialRow, RequestRow
from approval_svc.tables.approvals import absent_names
from shared.contracts import (
    ApprovalClosed,
    Authority,
    ClosedBecause,
    DatedOutcome,
    Decision,
    ExpiredPart,
    Official,
    Organization,
    Outcome,
    Person,
)
from shared.ids import new_id
from shared.messaging.outbox import publish


def requester(request: RequestRow) -> Person:
    """Returns the requester."""
    return Person(
        user_id=request.requester_user_id,
        name=request.requester_name,
        email=request.requester_email,
        phone=request.requester_phone,
    )


def organization(approval: ApprovalRow) -> Organization | None:
    """Returns the organization that the approval is for; None for a national role."""
    if approval.organization_kind is None or approval.organization_id is None:
        return None
    return Organization(
        kind=approval.organization_kind,
        id=approval.organization_id,
        name=approval.organization_name or approval.organization_id,
        time_zone=approval.organization_time_zone,
    )


def authority(approval: ApprovalRow) -> Authority:
    """Returns who decides the approval now."""
    return Authority(
        kind=approval.authority_kind or "", id=approval.authority_id or "", name=approval.authority_name or ""
    )


def asked(approval: ApprovalRow) -> tuple[Official, ...]:
    """Returns all who may decide the approval now, with the absent in whose place they may."""
    return tuple(_asked(asking) for asking in queries.live_askings(approval))


def acting_names(approval: ApprovalRow, officials: Iterable[OfficialRow]) -> list[str]:
    """Returns the names of these officials, each with those of the absent in whose place they are asked."""
    acting = {asking.official_id: _asked(asking).acting for asking in queries.live_askings(approval)}
    return [acting.get(row.id, row.name) for row in officials]


def acting_name(asking: AskingRow) -> str:
    """Returns the name of who was asked, with those of the absent in whose place."""
    return _asked(asking).acting


def _asked(asking: AskingRow) -> Official:
    return replace(official(asking.official), acts_for=asking.in_place_of)


def official(row: OfficialRow) -> Official:
    """Returns an official, acting for themselves."""
    return Official(
        official_id=row.id,
        user_id=row.user_id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        time_zone=row.time_zone,
    )


def outcome(approval: ApprovalRow) -> Outcome:
    """Returns how a decided approval ended, with names in place of ids."""
    return Outcome(
        approval_id=approval.id,
        organization=organization(approval),
        decision=Decision(approval.state),
        decided_by=approval.decided_by_name or "",
        acted_for=absent_names(approval.decided_for),
        reason=REASONS[approval.reason] if approval.reason else None,
        comment=approval.comment,
        disciplines=tuple(each.name for each in reference.disciplines(approval.disciplines)),
        extra_privileges=tuple(map(reference.privilege_label, reference.privileges(approval.extra_privileges))),
        ends_at=approval.ends_at,
    )


def dated_outcome(approval: ApprovalRow) -> DatedOutcome:
    """Returns how and when a decided approval ended, and whether it was taken back while others were waited for."""
    decided_at = approval.decided_at or approval.state_since
    return DatedOutcome(**vars(outcome(approval)), decided_at=decided_at, revoked_at=approval.revoked_at)


def expired_part(approval: ApprovalRow) -> ExpiredPart:
    """Returns who did not decide an approval that has expired, and since when they were asked."""
    return ExpiredPart(
        approval_id=approval.id,
        organization=organization(approval),
        authority=approval.authority_name or "nobody: no Security Official could be asked",
        asked_at=approval.clock_from or approval.request.received_at,
        expired_at=approval.state_since,
    )


def close(
    session: Session,
    approval: ApprovalRow,
    officials: Iterable[OfficialRow],
    because: ClosedBecause,
    now: datetime,
) -> None:
    """Tells these officials that they need not decide any more; those whom no mail reaches are left out.

    Of an approval that moved nobody gets a mail, but whatever is still on its way to them is stopped: to anybody. The
    end of an approval is published even if there is none of them: it stops what is on its way to its requester.
    """
    is_moved = because == ClosedBecause.MOVED
    told = tuple(official(row) for row in officials if is_moved or (row.active and row.reachable))
    if is_moved and not told:
        return
    is_decided = because == ClosedBecause.DECIDED
    closed = ApprovalClosed(
        approval_id=approval.id,
        request_id=approval.request_id,
        requester_name=approval.request.requester_name,
        role_name=approval.request.role_name,
        organization=organization(approval),
        because=because,
        decision=Decision(approval.state) if is_decided else None,
        decided_by=approval.decided_by_name if is_decided else None,
        acted_for=absent_names(approval.decided_for) if is_decided else (),
        decided_by_official=approval.decided_by if is_decided else None,
        officials=told,
        closed_at=now,
    )
    publish(session, closed, correlation_id=approval.request.correlation_id, now=now)


def note(session: Session, text: str, *, request_id: UUID, approval_id: UUID | None = None, now: datetime) -> None:
    """Adds a line to the request's history."""
    session.add(HistoryRow(id=new_id(), request_id=request_id, approval_id=approval_id, at=now, text=text))
