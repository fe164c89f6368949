"""Who is mailed about roles that end, and about too few officials; that nobody is who is not concerned any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notify_svc.domain.notices import State
from notify_svc.emails.email import role_at
from notify_svc.use_cases.tell_roles import OVERTAKEN
from shared.contracts import Authority, Decision, EndedBecause, FewOfficials, RoleEndsSoon, RoleGivenBack, RoleRemoved
from shared.ids import new_id
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import ALABAMA, HMS, MARIA, NOW, SAGU, TELLIGEN, official, outcome, request_decided

ALABAMAS = Authority(kind="state", id="AL", name="Security Officials of Alabama")


def removed(because: EndedBecause = EndedBecause.REMOVED, **changed: Any) -> RoleRemoved:
    values: dict[str, Any] = {
        "grant_id": new_id(),
        "holder": MARIA,
        "role_id": "state-agency-sc-general-user",
        "role_name": SAGU,
        "organization": ALABAMA,
        "because": because,
        "by_name": "John Smith",
        "on_behalf_of": ALABAMAS.name,
        "reason": "Left <b>the</b> agency",
        "removed_at": NOW,
    }
    return RoleRemoved(**values | changed)


def ends_soon(**changed: Any) -> RoleEndsSoon:
    values: dict[str, Any] = {
        "grant_id": new_id(),
        "holder": MARIA,
        "role_name": SAGU,
        "organization": ALABAMA,
        "ends_at": NOW + timedelta(days=7),
        "days": 7,
        "told_at": NOW,
        "not_before": NOW + timedelta(days=2),
    }
    return RoleEndsSoon(**values | changed)


@pytest.mark.parametrize(
    ("because", "template", "subject"),
    [
        (EndedBecause.REVOKED, "revoked", "Approval revoked on 11/20/2026"),
        (EndedBecause.REMOVED, "removed", "Role removed on 11/20/2026"),
        (EndedBecause.REVIEW, "removed", "Role removed on 11/20/2026"),
        (EndedBecause.ENDED, "role_ended", "Your role ended on 11/20/2026"),
    ],
)
def test_the_holder_reads_what_ended_and_when(world: World, because: EndedBecause, template: str, subject: str) -> None:
    world.hears_and_works(removed(because))
    assert world.states() == {(template, MARIA.user_id): State.SENT}
    assert world.mailbox.mails[0].mail["subject"] == f"{subject}: {role_at(SAGU, [ALABAMA.name])}"


def test_the_holder_reads_who_removed_it_and_why(world: World) -> None:
    world.hears_and_works(removed())
    received = world.mailbox.mails[0]
    for part in ("By: John Smith (Security Officials of Alabama)", "Reason: Left <b>the</b> agency", "2:05 PM CST"):
        assert part in received.part("plain")
    assert "Left &lt;b&gt;the&lt;/b&gt; agency" in received.part("html")


def test_an_operator_is_not_named(world: World) -> None:
    world.hears_and_works(removed(by_name=None, on_behalf_of=None))
    assert "By:" not in world.mailbox.mails[0].part("plain")


@pytest.mark.parametrize("because", [EndedBecause.GIVEN_BACK, EndedBecause.INACTIVE, EndedBecause.ACCOUNT_CLOSED])
def test_who_knows_or_is_told_otherwise_gets_no_mail(world: World, because: EndedBecause) -> None:
    world.hears_and_works(removed(because))
    assert world.notices() == []


def test_every_way_to_end_a_role_has_been_thought_of() -> None:
    told = {EndedBecause.REVOKED, EndedBecause.REMOVED, EndedBecause.REVIEW, EndedBecause.ENDED}
    assert set(EndedBecause) - told == {EndedBecause.GIVEN_BACK, EndedBecause.INACTIVE, EndedBecause.ACCOUNT_CLOSED}


def test_the_notice_before_the_end_waits_for_the_mail_hours(world: World) -> None:
    world.hears_and_works(ends_soon())
    assert world.states() == {("role_ends_soon", MARIA.user_id): State.QUEUED}
    assert world.notice().due_at == NOW + timedelta(days=2)


def test_the_mail_of_an_end_in_the_night_waits_for_the_mail_hours(world: World) -> None:
    world.hears_and_works(removed(EndedBecause.ENDED, by_name=None, not_before=NOW + timedelta(hours=8)))
    assert world.states() == {("role_ended", MARIA.user_id): State.QUEUED}
    assert world.notice().due_at == NOW + timedelta(hours=8)


def test_of_a_role_that_ended_meanwhile_it_is_not_told_that_it_ends_soon(world: World) -> None:
    mine, other = ends_soon(), ends_soon()
    world.hears_and_works(mine)
    world.hears_and_works(other)
    world.hears_and_works(removed(grant_id=mine.grant_id))
    states = {(notice.context.get("grant_id"), notice.state) for notice in world.notices()}
    assert {(str(mine.grant_id), State.SKIPPED), (str(other.grant_id), State.QUEUED)} <= states
    assert OVERTAKEN in {notice.reason for notice in world.notices()}


def test_each_official_is_told_of_a_role_that_was_given_back(world: World) -> None:
    back = RoleGivenBack(
        grant_id=new_id(),
        holder_name=MARIA.name,
        role_name=SAGU,
        organization=ALABAMA,
        authority=ALABAMAS,
        officials=(official("John Smith"), official("Ann Brown")),
        reason=None,
        given_back_at=NOW,
    )
    world.hears_and_works(back)
    assert world.states() == {("given_back", "JOHN"): State.SENT, ("given_back", "ANN"): State.SENT}
    assert "Maria Lopez gave a role back" in world.mailbox.mails[0].part("plain")
    assert "Reason" not in world.mailbox.mails[0].part("plain")


def test_the_only_official_is_told_that_more_are_recommended(world: World) -> None:
    few = FewOfficials(
        authority=ALABAMAS,
        organization=ALABAMA,
        officials=(official("John Smith"),),
        recommended=2,
        quarter="2026-Q4",
        told_at=NOW,
        not_before=NOW,
    )
    world.hears_and_works(few)
    world.hears_and_works(replace(few, quarter="2027-Q1"))
    assert [each.mail["subject"] for each in world.mailbox.mails] == [
        "Only 1 Security Official: Alabama, at least 2 are recommended",
    ] * 2


def test_an_outcome_says_that_it_was_revoked_or_when_the_role_ends(world: World) -> None:
    until, revoked = NOW + timedelta(days=90), NOW + timedelta(hours=1)
    outcomes = (
        outcome(Decision.APPROVED, HMS, ends_at=until, revoked_at=revoked),
        outcome(Decision.APPROVED, TELLIGEN, ends_at=until),
    )
    world.hears_and_works(request_decided(*outcomes))
    text = world.mailbox.mails[0].part("plain")
    assert text.count("The role ends: 02/18/2027 3:05 PM EST") == 1
    assert text.count("Revoked, and the role has ended: 11/20/2026 4:05 PM EST") == 1


@pytest.mark.parametrize(
    ("days", "revoked", "said"),
    [
        ((90, 90), (False, False), ", until 02/18/2027"),
        ((90, None), (True, False), ""),
        ((None, 90), (True, False), ", until 02/18/2027"),
        ((90, 91), (False, False), ""),
        ((None, None), (False, False), ""),
        ((90, 90), (True, True), ""),
    ],
)
def test_the_subject_says_until_when_where_that_is_one_day_for_all(
    world: World, days: Sequence[int | None], revoked: Sequence[bool], said: str
) -> None:
    outcomes = [
        outcome(
            Decision.APPROVED,
            place,
            ends_at=NOW + timedelta(days=each) if each else None,
            revoked_at=NOW if is_revoked else None,
        )
        for place, each, is_revoked in zip((HMS, TELLIGEN), days, revoked, strict=True)
    ]
    world.hears_and_works(request_decided(*outcomes))
    subject = " ".join(str(world.mailbox.mails[0].mail["subject"]).split())
    assert subject == f"Approved: {role_at(SAGU, [HMS.name, TELLIGEN.name])}{said}"
