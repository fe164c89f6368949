"""Who is told, and when, while an approval waits: reminders, escalation, notices of its expiry, nudges, the end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from notify_svc.domain.notices import State
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.tell_approval_closed import OVERTAKEN
from shared.contracts import (
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalNudged,
    ApprovalRequested,
    Authority,
    Awaited,
    ClosedBecause,
    Decision,
    ExpiredPart,
    ExpiryAnnounced,
    Official,
    ReminderDue,
)
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import (
    ALABAMA,
    HMS,
    MARIA,
    NOW,
    approval_closed,
    approval_requested,
    official,
    outcome,
    request_decided,
)

JOHN, ANN, ROSA = official("John Smith"), official("Ann Brown"), official("Rosa Klein")
CMS = Authority(kind="cms", id="cms", name="CMS Security Officials")
A = TypeVar("A", bound=Awaited)
ESCALATES, EXPIRES = NOW + timedelta(days=10), NOW + timedelta(days=30)


def told(kind: type[A], asked: ApprovalRequested, *officials: Official, **more: Any) -> A:
    values: dict[str, Any] = {
        "approval_id": asked.approval_id,
        "request_id": asked.request_id,
        "requester": asked.requester,
        "role_name": asked.role_name,
        "organization": asked.organization,
        "authority": asked.authority,
        "officials": officials or asked.officials,
        "requested_at": asked.requested_at,
        "expires_at": EXPIRES,
        "links_expire_at": NOW + timedelta(days=30),
        "not_before": NOW,
    }
    return kind(**values | more)


def reminder(asked: ApprovalRequested, **more: Any) -> ReminderDue:
    return told(ReminderDue, asked, **{"number": 1, "escalates_at": ESCALATES, "reminded_at": NOW} | more)


def notice(asked: ApprovalRequested, **more: Any) -> ExpiryAnnounced:
    return told(ExpiryAnnounced, asked, **{"business_days": 5, "announced_at": NOW} | more)


def expired(asked: ApprovalRequested, **more: Any) -> ApprovalExpired:
    values: dict[str, Any] = {
        "approval_id": asked.approval_id,
        "request_id": asked.request_id,
        "requester_name": asked.requester.name,
        "role_name": asked.role_name,
        "organization": asked.organization,
        "authority": asked.authority,
        "officials": asked.officials,
        "asked_at": NOW,
        "expired_at": NOW + timedelta(days=30),
        "not_before": NOW,
    }
    return ApprovalExpired(**values | more)


def subjects(world: World) -> dict[str, str]:
    return {mail.recipients[0]: str(mail.mail["Subject"]) for mail in world.mailbox.mails}


def test_everybody_who_may_decide_is_reminded_with_what_follows_and_by_when(world: World) -> None:
    asked = approval_requested(JOHN, ANN)
    world.hears_and_works(reminder(asked))
    assert world.states() == {("reminder", "JOHN"): State.SENT, ("reminder", "ANN"): State.SENT}
    assert "decide by 11/30/2026" in subjects(world)[JOHN.email]
    text = world.mailbox.mails[0].part("plain")
    assert "Decide by: 11/30/2026 2:05 PM CST; then others are asked too" in text
    assert "Expires if nobody decides: 12/20/2026 2:05 PM CST" in text
    assert "/decide/" in text


def test_a_last_reminder_names_the_expiry_instead(world: World) -> None:
    world.hears_and_works(reminder(approval_requested(JOHN), escalates_at=None))
    assert "decide by 12/20/2026" in subjects(world)[JOHN.email]
    assert "others are asked" not in world.mailbox.mails[0].part("plain")


def test_mail_waits_for_the_mail_hours_and_goes_out_when_they_begin(world: World) -> None:
    morning = NOW + timedelta(hours=12)
    world.hears_and_works(reminder(approval_requested(JOHN), not_before=morning))
    world.passes(timedelta(hours=11))
    world.works()
    assert world.notice().state is State.QUEUED
    assert (world.notice().not_before, world.mailbox.mails) == (morning, [])
    world.passes(timedelta(hours=1))
    world.works()
    assert world.notice().state is State.SENT


@pytest.mark.parametrize("because", [ClosedBecause.DECIDED, ClosedBecause.WITHDRAWN])
def test_what_waits_for_the_morning_is_called_off_when_the_approval_closes(
    world: World, because: ClosedBecause
) -> None:
    asked = approval_requested(JOHN, ANN)
    world.hears_and_works(asked)
    night = NOW + timedelta(hours=12)
    for message in (reminder(asked, not_before=night), notice(asked, not_before=night)):
        world.hears_and_works(message)
    world.hears_and_works(approval_closed(asked, because, by=JOHN if because is ClosedBecause.DECIDED else None))
    world.passes(timedelta(days=1))
    world.works()
    waited = [each for each in world.notices() if each.not_before == night]
    assert len(waited) == 5
    assert {(each.state, each.reason) for each in waited} == {(State.SKIPPED, OVERTAKEN)}


def test_who_is_not_asked_any_more_gets_nothing_of_it_and_the_others_do(world: World) -> None:
    asked = approval_requested(JOHN, ANN)
    night = NOW + timedelta(hours=12)
    world.hears_and_works(reminder(asked, not_before=night))
    only_john = approval_closed(approval_requested(JOHN, approval_id=asked.approval_id), ClosedBecause.MOVED)
    world.hears_and_works(only_john)
    world.passes(timedelta(days=1))
    world.works()
    assert world.states() == {("reminder", "JOHN"): State.SKIPPED, ("reminder", "ANN"): State.SENT}


def test_what_comes_after_the_end_is_not_mailed(world: World) -> None:
    asked = approval_requested(JOHN)
    world.hears_and_works(approval_closed(asked, ClosedBecause.WITHDRAWN))
    world.hears_and_works(reminder(asked))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, TOO_LATE)


def test_nobody_is_reminded_of_their_own_request(world: World) -> None:
    maria_too = official("Maria Lopez", user_id=MARIA.user_id)
    world.hears_and_works(reminder(approval_requested(maria_too)))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, OWN_REQUEST)


def test_escalation_asks_the_new_officials_and_tells_the_first(world: World) -> None:
    asked = approval_requested(JOHN)
    world.hears_and_works(asked)
    message = told(
        ApprovalEscalated, asked, JOHN, ROSA, authority=CMS, newly_asked=(ROSA.official_id,), escalated_at=NOW
    )
    world.hears_and_works(message)
    assert world.states() == {
        ("decision_wanted", "JOHN"): State.SENT,
        ("escalated_first", "JOHN"): State.SENT,
        ("escalated", "ROSA"): State.SENT,
    }
    assert "Decision wanted by 12/20/2026" in subjects(world)[ROSA.email]
    assert all("/decide/" in mail.part("plain") for mail in world.mailbox.mails)


def test_who_was_asked_by_escalation_is_told_of_the_decision(world: World) -> None:
    asked = approval_requested(JOHN)
    message = told(
        ApprovalEscalated, asked, JOHN, ROSA, authority=CMS, newly_asked=(ROSA.official_id,), escalated_at=NOW
    )
    world.hears_and_works(message)
    both = approval_requested(JOHN, ROSA, approval_id=asked.approval_id)
    world.hears_and_works(approval_closed(both, ClosedBecause.DECIDED, by=JOHN))
    assert world.states()["already_handled", "ROSA"] is State.SENT


def test_requester_and_officials_are_told_of_the_expiry_before_it_comes(world: World) -> None:
    world.hears_and_works(notice(approval_requested(JOHN)))
    assert world.states() == {
        ("expiry_notice_requester", MARIA.user_id): State.SENT,
        ("expiry_notice", "JOHN"): State.SENT,
    }
    assert "12/20/2026" in subjects(world)[MARIA.email]
    assert "12/20/2026" in subjects(world)[JOHN.email]
    mine = next(mail for mail in world.mailbox.mails if mail.recipients == [MARIA.email])
    assert "/decide/" not in mine.part("plain")
    assert "5 business days" in mine.part("plain")


def test_a_nudge_names_who_asks(world: World) -> None:
    world.hears_and_works(told(ApprovalNudged, approval_requested(JOHN), nudged_at=NOW))
    assert world.states() == {("nudge", "JOHN"): State.SENT}
    assert subjects(world)[JOHN.email].startswith("Maria Lopez waits for your decision, decide by 12/20/2026")


def test_the_officials_whom_a_mail_had_reached_are_told_that_it_expired(world: World) -> None:
    asked = approval_requested(JOHN, ANN, newly_asked=(JOHN.official_id,))
    world.hears_and_works(asked)
    world.hears_and_works(notice(asked, not_before=NOW + timedelta(days=2)))
    world.hears_and_works(expired(asked))
    states = world.states()
    assert states["expired", "JOHN"] is State.SENT
    assert ("expired", "ANN") not in states
    assert states["expiry_notice", "JOHN"] is states["expiry_notice_requester", MARIA.user_id] is State.SKIPPED


def part(organization: Any) -> ExpiredPart:
    return ExpiredPart(
        approval_id=approval_requested(JOHN).approval_id,
        organization=organization,
        authority=f"Security Officials of {organization.name}",
        asked_at=NOW,
        expired_at=NOW + timedelta(days=30),
    )


def test_the_requester_is_told_that_nobody_decided(world: World) -> None:
    world.hears_and_works(request_decided(expired=(part(ALABAMA),)))
    assert world.states() == {("nobody_decided", MARIA.user_id): State.SENT}
    text = world.mailbox.mails[0].part("plain")
    assert "Who did not answer: Security Officials of Alabama" in text


def test_that_nobody_decided_is_mailed_in_the_mail_hours(world: World) -> None:
    decided = replace(request_decided(expired=(part(ALABAMA),)), not_before=NOW + timedelta(hours=8))
    world.hears_and_works(decided)
    assert world.states() == {("nobody_decided", MARIA.user_id): State.QUEUED}
    assert world.notice().due_at == NOW + timedelta(hours=8)


def test_one_mail_tells_what_was_decided_and_what_expired(world: World) -> None:
    world.hears_and_works(request_decided(outcome(Decision.APPROVED), expired=(part(HMS),)))
    assert world.states() == {("decided_in_part", MARIA.user_id): State.SENT}
    assert "approved by 1 of 2 organizations" in subjects(world)[MARIA.email]
    text = world.mailbox.mails[0].part("plain")
    assert "Approved: Alabama" in text
    assert "Expired: Health Management Solutions" in text
    assert "What to do next" in text


def test_without_an_approval_there_is_no_role_to_take_effect(world: World) -> None:
    world.hears_and_works(request_decided(outcome(Decision.REJECTED), expired=(part(HMS),)))
    assert "What to do next" not in world.mailbox.mails[0].part("plain")
