"""An official hands an approval over: who may receive it, who is asked then, and until when it stays so."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from approval_svc.domain.refusals import NotAskedError, OwnRequestError, RefusedError, UnusableChoiceError
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import HandoverRow
from approval_svc.use_cases.remove_official import remove_official
from shared.contracts import (
    ApprovalClosed,
    ApprovalHandedOver,
    ApprovalReassigned,
    ApprovalRequested,
    ClosedBecause,
    ReminderDue,
)
from shared.db import Database
from shared.messaging.tables import outbox
from tests.approval_svc.factories import (
    ANGELA,
    LIFETIME,
    NOW,
    approve,
    asked,
    general_user,
    official,
    published,
    route,
)
from tests.approval_svc.talking import LATER, NOTE, hands_over
from tests.approval_svc.waiting import run_in_time
from tests.audit import entries

ALABAMA_OFFICIALS = AuthorityId(kind="state", id="AL")


def test_the_receiver_is_asked_instead_and_gets_the_note_and_a_link(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        margaret = official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        assert asked(approval) == {"marcus", "margaret"}
        (told,) = published(session, ApprovalHandedOver)
        assert (told.handed_by, told.handed_to, told.note) == ("Loretta", margaret.id, NOTE)
        (closed,) = published(session, ApprovalClosed)
        assert closed.because is ClosedBecause.MOVED
        assert [each.user_id for each in closed.officials] == ["loretta"]
        assert len(published(session, ApprovalRequested)) == 1  # nobody gets the usual mail besides
    (entry,) = entries(approval_database, "approval.handed_over")
    assert (entry.who, entry.after["to"]) == (f"official:{loretta.id}", str(margaret.id))
    assert NOTE not in str(entry)


def test_mail_of_it_goes_out_at_once_also_at_night_for_somebody_has_just_done_it(approval_database: Database) -> None:
    night = NOW + timedelta(hours=12)
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "marcus", now=night)
        assert [each.not_before for each in published(session, ApprovalHandedOver)] == [night]


def test_the_requesters_side_hears_who_decides_and_nothing_of_the_note(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        (told,) = published(session, ApprovalReassigned)
        assert (told.handed_by, told.handed_to) == ("Loretta", "Margaret")
        assert [each.user_id for each in told.officials] == ["margaret"]
        sent = session.scalars(select(outbox.c.envelope).where(outbox.c.queue == "request_svc")).all()
        assert sent
        assert NOTE not in str(sent)


def test_the_giver_cannot_decide_any_more_and_the_receiver_can(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        with pytest.raises(NotAskedError):
            approve(session, approval, loretta)
        approve(session, approval, margaret)
        assert approval.decided_by_name == "Margaret"


def test_it_stays_so_when_the_directory_changes(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        remove_official(session, ALABAMA_OFFICIALS, "marcus", LIFETIME, LATER)
        assert asked(approval) == {"margaret"}


def test_when_the_receiver_leaves_it_is_with_whom_routing_names_for_good(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        marcus = official(session, "state", "AL", "marcus")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "marcus")
        assert asked(approval) == {"marcus"}
        remove_official(session, ALABAMA_OFFICIALS, "marcus", LIFETIME, LATER)
        assert asked(approval) == {"loretta"}
        assert published(session, ApprovalRequested)[-1].newly_asked == (loretta.id,)
        marcus.active, marcus.removed_at = True, None
        other = official(session, "state", "AL", "nora")
        remove_official(session, ALABAMA_OFFICIALS, other.user_id, LIFETIME, LATER)
        assert asked(approval) == {"loretta", "marcus"}  # both as routing has them: nothing was given away again
        assert session.scalars(select(HandoverRow.ended_at)).one() == LATER


def test_it_can_be_handed_on_and_back(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        henry = official(session, "help-desk", "help-desk", "henry")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        hands_over(session, approval, margaret, "henry")
        assert asked(approval) == {"henry"}
        hands_over(session, approval, henry, "loretta")
        assert asked(approval) == {"loretta"}
        approve(session, approval, loretta)


def test_a_colleague_who_is_asked_already_gets_the_note_and_the_giver_is_out(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        marcus = official(session, "state", "AL", "marcus")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "marcus")
        assert asked(approval) == {"marcus"}
        (told,) = published(session, ApprovalHandedOver)
        assert told.handed_to == marcus.id


@pytest.mark.parametrize(("user_id", "email"), [(ANGELA.user_id, "other@x.example"), ("angie", ANGELA.email.upper())])
def test_nobody_hands_a_request_to_its_own_requester(approval_database: Database, user_id: str, email: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", user_id, email=email)
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError) as refused:
            hands_over(session, approval, loretta, user_id)
        assert refused.value.field == "receiver"
        assert asked(approval) == {"loretta"}


def test_who_becomes_the_requester_by_address_after_it_was_handed_over_decides_nothing(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        margaret.email = ANGELA.email
        with pytest.raises(OwnRequestError):
            approve(session, approval, margaret)
        other = official(session, "state", "AL", "nora")
        remove_official(session, ALABAMA_OFFICIALS, other.user_id, LIFETIME, LATER)
        assert asked(approval) == {"loretta"}


@pytest.mark.parametrize("receiver", ["loretta", "nanook", "nobody", ""])
def test_only_another_official_who_can_decide_receives(approval_database: Database, receiver: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError):
            hands_over(session, approval, loretta, receiver)


@pytest.mark.parametrize("note", ["", "  ", "x" * 1001])
def test_a_note_is_needed_and_no_book(approval_database: Database, note: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError) as refused:
            hands_over(session, approval, loretta, "margaret", note)
        assert refused.value.field == "note"


def test_what_is_not_before_an_official_is_not_theirs_to_give(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        for who in (margaret, loretta):
            if who is loretta:
                approve(session, approval, loretta)
            with pytest.raises(RefusedError):
                hands_over(session, approval, who, "loretta" if who is margaret else "margaret")


def test_reminders_go_to_the_receiver_and_no_more_to_the_giver(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
    run_in_time(approval_database, NOW + timedelta(days=4))
    with approval_database.reading() as session:
        (reminder, *_) = published(session, ReminderDue)
        assert [each.user_id for each in reminder.officials] == ["margaret"]
