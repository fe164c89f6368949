"""Telling those who are asked that an approval still waits: reminders, notices of its expiry, nudges."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries
from approval_svc.domain import links
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import planning, telling
from approval_svc.use_cases.timing import Timing, link_lifetime
from shared import audit
from shared.audit import Action
from shared.contracts import ExpiryAnnounced, ReminderDue


def remind(
    session: Session, approval: ApprovalRow, number: int, timing: Timing, at_most: timedelta, now: datetime
) -> ReminderDue | None:
    """Reminds everybody who may decide, for the `number`th time, with a fresh link; nobody when nobody is asked.

    Returns what is to be told. Whoever wants no mail but a digest finds the approval in that.
    """
    names = _names(approval)
    if not names:
        return None
    asked = [asking.official for asking in queries.live_askings(approval)]
    _note(session, approval, f"Reminded {names}.", now)
    record(session, approval, Action.APPROVAL_REMINDED, {"number": number}, now)
    return ReminderDue(
        **awaited(session, approval, timing, at_most, now),
        number=number,
        reminded_at=now,
        by_digest=digest_queries.only_by_digest(session, asked),
    )


def announce_expiry(
    session: Session, approval: ApprovalRow, timing: Timing, at_most: timedelta, now: datetime
) -> ExpiryAnnounced:
    """Announces when the approval expires; returns what the requester, and everybody who may decide, are told."""
    values = awaited(session, approval, timing, at_most, now)
    ends = values["expires_at"]
    days = timing.days_until(ends, now)
    _note(session, approval, f"Told everybody that it expires in {days} business day{'s'[: days != 1]}.", now)
    record(session, approval, Action.APPROVAL_EXPIRY_ANNOUNCED, {"expires_at": ends}, now)
    return ExpiryAnnounced(**values, business_days=days, announced_at=now)


def awaited(
    session: Session, approval: ApprovalRow, timing: Timing, at_most: timedelta, now: datetime
) -> dict[str, Any]:
    """Gives everybody who may decide a fresh link; returns what each message about a waiting approval says."""
    ends = fresh_links(approval, link_lifetime(approval, at_most), now)
    return as_it_stands(session, approval, ends, timing.mail_at(now))


def as_it_stands(
    session: Session, approval: ApprovalRow, links_expire_at: datetime, not_before: datetime
) -> dict[str, Any]:
    """Returns what each message about a waiting approval says. Changes nothing."""
    return {
        "approval_id": approval.id,
        "request_id": approval.request_id,
        "requester": telling.requester(approval.request),
        "role_name": approval.request.role_name,
        "organization": telling.organization(approval),
        "authority": telling.authority(approval),
        "officials": telling.asked(approval),
        "requested_at": approval.request.submitted_at,
        "escalates_at": planning.escalates_at(session, approval),
        "expires_at": planning.due_of(session, approval, DeadlineKind.EXPIRY),
        "links_expire_at": links_expire_at,
        "not_before": not_before,
    }


def fresh_links(approval: ApprovalRow, lifetime: timedelta, now: datetime) -> datetime:
    """Makes way for links that end after `lifetime`, and returns when; older ones that work go on working."""
    ends = links.end_of(now, lifetime)
    for asking in queries.live_askings(approval):
        is_over = links.is_over(asking.links_expire_at, now)
        asking.oldest_link_ends = None if is_over else asking.oldest_link_ends or asking.links_expire_at
        asking.links_expire_at = ends
    return ends


def record(session: Session, approval: ApprovalRow, action: Action, after: dict[str, object], now: datetime) -> None:
    """Records what time, or the requester, made happen to an approval."""
    asked = {asking.official_id for asking in queries.live_askings(approval)}
    audit.record(
        session,
        action,
        ("approval", approval.id),
        now=now,
        after={"request": approval.request_id, "asked": asked} | after,
        correlation_id=approval.request.correlation_id,
    )


def _names(approval: ApprovalRow) -> str:
    return ", ".join(official.acting for official in telling.asked(approval))


def _note(session: Session, approval: ApprovalRow, text: str, now: datetime) -> None:
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
