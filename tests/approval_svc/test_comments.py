"""Officials comment: for everybody, or for themselves. What is for officials only goes nowhere else."""

import pytest
from sqlalchemy import select

from approval_svc.domain.refusals import AlreadyDecidedError, NotAskedError, UnusableChoiceError
from shared.contracts import CommentMade
from shared.db import Database
from shared.messaging.tables import outbox
from tests.approval_svc.factories import approve, general_user, official, published, route
from tests.approval_svc.talking import answers, asks_opinion, comments, hands_over
from tests.audit import entries

SECRET = "Between us: her supervisor has doubts."


def test_a_comment_for_everybody_is_told_to_the_requesters_side(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        comments(session, approval, loretta, "I wait for your supervisor.", for_officials=False)
        (made,) = published(session, CommentMade)
        assert (made.author, made.text) == ("Loretta", "I wait for your supervisor.")
        assert made.organization is not None
        assert made.organization.id == "AL"
    (entry,) = entries(approval_database, "approval.commented")
    assert entry.after["for_officials"] is False
    assert "supervisor" not in str(entry)


def test_nothing_among_officials_ever_leaves_for_the_requesters_side_or_their_mails(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        comments(session, approval, loretta, SECRET, for_officials=True)
        opinion = asks_opinion(session, approval, loretta, "nanook", SECRET)
        answers(session, opinion, SECRET)
        hands_over(session, approval, loretta, "margaret", SECRET)
        approve(session, approval, margaret)
        assert published(session, CommentMade) == []
        sent = session.execute(select(outbox.c.queue, outbox.c.envelope)).all()
    holding = {(row.queue, row.envelope["type"]) for row in sent if SECRET in str(row.envelope)}
    # Those are mails to officials alone, each to the one or the few whom it names.
    assert holding == {
        ("notify_svc", "OpinionAsked"),
        ("notify_svc", "OpinionGiven"),
        ("notify_svc", "ApprovalHandedOver"),
    }


def test_only_who_may_decide_comments(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        with pytest.raises(NotAskedError):
            comments(session, approval, nanook, "Me too", for_officials=True)
        approve(session, approval, loretta)
        with pytest.raises(AlreadyDecidedError):
            comments(session, approval, loretta, "One more thing", for_officials=True)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 1001])
def test_a_comment_says_something_and_is_no_book(approval_database: Database, text: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError):
            comments(session, approval, loretta, text, for_officials=True)
