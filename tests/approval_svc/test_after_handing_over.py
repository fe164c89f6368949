"""What comes after an approval was handed over: absence, escalation, mail that comes back, and the explanation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.domain.routing import AuthorityId
from approval_svc.mail_queries import undelivered
from approval_svc.use_cases.explain_request import explain_request
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.remove_official import remove_official
from shared.contracts import (
    ApprovalHandedOver,
)
from shared.db import Database
from tests.approval_svc.absent import absent
from tests.approval_svc.factories import (
    LIFETIME,
    NOW,
    asked,
    general_user,
    official,
    published,
    returned_mail,
    route,
)
from tests.approval_svc.talking import LATER, hands_over
from tests.approval_svc.waiting import run_in_time, the_approval


def test_the_explanation_says_who_handed_it_over_to_whom(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        explained = explain_request(session, approval.request_id)
        assert explained is not None
        alabama, cms, *_ = explained.approvals[0].authorities
        assert [(each.name, each.verdict) for each in alabama.officials] == [("Loretta", "handed it over to Margaret")]
        assert [each.verdict for each in cms.officials] == ["may decide: Loretta handed it over"]
        assert cms.because == "asked besides, because somebody handed it over"


def test_what_escalates_after_it_was_handed_over_asks_those_who_are_not_asked_yet(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        official(session, "help-desk", "help-desk", "henry")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
    run_in_time(approval_database, NOW + timedelta(days=9))
    with approval_database.reading() as session:
        assert asked(the_approval(session)) == {"margaret", "henry"}


def test_who_acts_for_an_absent_official_can_hand_over_and_it_stays_with_the_receiver(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        marcus = official(session, "state", "AL", "marcus")
        official(session, "cms", "cms", "margaret")
        absent(session, loretta, marcus)
        (approval,) = route(session, general_user())
        assert asked(approval) == {"marcus"}
        hands_over(session, approval, marcus, "margaret")
        assert asked(approval) == {"margaret"}
        (told,) = published(session, ApprovalHandedOver)
        assert told.handed_by == "Marcus for Loretta"


def test_nothing_is_handed_over_to_somebody_who_is_away_and_who_goes_away_then_is_acted_for(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        carl = official(session, "cms", "cms", "carl")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        absent(session, margaret, carl)
        assert asked(approval) == {"carl"}
        (again,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError):
            hands_over(session, again, loretta, "margaret")


def test_the_mail_to_a_receiver_that_comes_back_for_good_brings_it_back_to_the_giver(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        session.flush()
        returned = replace(returned_mail(approval, "margaret"), template="handed_over")
        mark_unreachable(session, returned, LIFETIME, LATER)
        assert asked(approval) == {"loretta"}


def test_operations_see_a_receiver_whom_no_mail_told(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        session.flush()
        tried = replace(returned_mail(approval, "margaret"), template="handed_over", permanent=False)
        mark_unreachable(session, tried, LIFETIME, LATER)
        (row,) = undelivered(session)
        assert row.official.user_id == "margaret"


def test_when_a_receiver_of_the_authority_above_leaves_it_is_with_the_giver_again(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        hands_over(session, approval, loretta, "margaret")
        remove_official(session, AuthorityId(kind="cms", id="cms"), "margaret", LIFETIME, LATER)
        assert asked(approval) == {"loretta"}
