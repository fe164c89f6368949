"""Who is told of inactivity and of reviews, in how many mails, and what these say."""

from datetime import timedelta
from uuid import UUID, uuid4

from notify_svc.domain.notices import State
from shared.contracts import (
    Authority,
    IdleRole,
    InactiveRolesEnded,
    InactivityWarned,
    ReviewClosed,
    ReviewDue,
    Reviewer,
)
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import ALABAMA, MARIA, NOW, official

AUTHORITY = Authority(kind="state", id="AL", name="Security Officials of Alabama")


def idle(name: str, days: int) -> IdleRole:
    return IdleRole(grant_id=uuid4(), role_name=name, organization=ALABAMA, ends_at=NOW + timedelta(days=days))


def due(*reviewers: Reviewer, number: int = 0) -> ReviewDue:
    return ReviewDue(
        review_id=UUID(int=7),
        authority=AUTHORITY,
        organization=ALABAMA,
        reviewers=reviewers,
        number=number,
        ends_at=NOW + timedelta(days=28),
        told_at=NOW,
    )


def test_a_person_is_warned_of_all_roles_in_one_mail_that_names_the_first_end(world: World) -> None:
    roles = idle("Provider Administrator", 9), idle("Contract Surveyor", 5)
    world.hears_and_works(InactivityWarned(holder=MARIA, roles=roles, last_sign_in_at=None, warned_at=NOW))
    assert world.states() == {("inactive", MARIA.user_id): State.SENT}
    text = world.mailbox.mails[0].part("plain")
    assert "You have not signed in since you got your role" in text
    assert text.index("Contract Surveyor") < text.index("Provider Administrator")
    assert "CST" in text or "CDT" in text


def test_a_person_hears_of_the_end_of_all_roles_in_one_mail(world: World) -> None:
    roles = idle("Provider Administrator", 0), idle("Contract Surveyor", 0)
    world.hears_and_works(InactiveRolesEnded(holder=MARIA, roles=roles, last_sign_in_at=NOW, ended_at=NOW))
    assert world.states() == {("inactive_ended", MARIA.user_id): State.SENT}


def test_each_reviewer_is_asked_with_their_own_number_of_roles_and_what_silence_means(world: World) -> None:
    john, ann = official("John Smith"), official("Ann Brown")
    ends = Reviewer(official=ann, left=1, would_end=1)
    world.hears_and_works(due(Reviewer(official=john, left=12, would_end=0), ends))
    assert world.states() == {("review_due", "JOHN"): State.SENT, ("review_due", "ANN"): State.SENT}
    texts = {mail.recipients[0]: mail.part("plain") for mail in world.mailbox.mails}
    assert "12 roles of Alabama" in texts[john.email]
    assert "What nobody has answered by then is kept." in texts[john.email]
    assert "1 role of Alabama" in texts[ann.email]
    assert "What nobody has confirmed by then ends." in texts[ann.email]
    assert f"/reviews/{UUID(int=7)}" in texts[ann.email]


def test_a_reminder_says_that_it_is_one(world: World) -> None:
    world.hears_and_works(due(Reviewer(official=official("John Smith"), left=3, would_end=1), number=1))
    (mail,) = world.mailbox.mails
    assert str(mail.mail["subject"]).startswith("Reminder: review 3 roles of Alabama by ")
    assert "1 end and the others are kept" in mail.part("plain")


def test_officials_hear_what_came_of_a_review(world: World) -> None:
    closed = ReviewClosed(
        review_id=UUID(int=7),
        authority=AUTHORITY,
        organization=ALABAMA,
        officials=(official("John Smith"),),
        confirmed=9,
        removed=2,
        kept_unanswered=1,
        removed_unanswered=0,
        gone=0,
        opened_at=NOW,
        closed_at=NOW + timedelta(days=28),
    )
    world.hears_and_works(closed)
    (mail,) = world.mailbox.mails
    assert mail.mail["subject"] == "Review of roles closed on 12/18/2026: Alabama, 10 kept, 2 removed"
