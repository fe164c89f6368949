"""Who acts for the absent: their words, questions and handovers, and what they take back, carry both names."""

import pytest
from sqlalchemy import select

from approval_svc.domain.approvals import Way
from approval_svc.tables import ApprovalRow, CommentRow, OfficialRow
from approval_svc.use_cases.revoke_decision import revoke_decision
from shared.contracts import CommentMade, RoleEndOrdered
from shared.db import Database
from shared.ids import new_id
from tests.approval_svc.factories import approve, general_user, official, published, route
from tests.approval_svc.talking import LATER, asks_opinion, comments, hands_over
from tests.audit import entries

MARCUS = {"official": str(new_id()), "name": "Marcus Hale"}
BOTH = "Loretta for Marcus Hale"


@pytest.fixture
def waiting(approval_database: Database) -> tuple[ApprovalRow, OfficialRow]:
    """A request that waits for Loretta, who acts for Marcus, and her."""
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "otto")
        (approval,) = route(session, general_user())
        (hers,) = (asking for asking in approval.askings if asking.official_id == loretta.id)
        hers.acts_for = [MARCUS]
    return approval, loretta


def audited(database: Database, action: str) -> tuple[str, list[str]]:
    """For whom the only entry with that action says that it was done: the first, and all."""
    (entry,) = entries(database, action)
    return entry.on_behalf_of, entry.after["acted_for"]


FOR_MARCUS = (f"official:{MARCUS['official']}", [MARCUS["official"]])


def test_a_comment(approval_database: Database, waiting: tuple[ApprovalRow, OfficialRow]) -> None:
    with approval_database.transaction() as session:
        approval, loretta = session.get_one(ApprovalRow, waiting[0].id), waiting[1]
        comments(session, approval, loretta, "I wait for her supervisor.", for_officials=False)
        assert session.scalars(select(CommentRow)).one().author == BOTH
        assert published(session, CommentMade)[0].author == BOTH
    assert audited(approval_database, "approval.commented") == FOR_MARCUS


def test_a_question_to_another_official(approval_database: Database, waiting: tuple[ApprovalRow, OfficialRow]) -> None:
    with approval_database.transaction() as session:
        asks_opinion(session, session.get_one(ApprovalRow, waiting[0].id), waiting[1], "otto")
    assert audited(approval_database, "approval.opinion_asked") == FOR_MARCUS


def test_handing_over(approval_database: Database, waiting: tuple[ApprovalRow, OfficialRow]) -> None:
    with approval_database.transaction() as session:
        hands_over(session, session.get_one(ApprovalRow, waiting[0].id), waiting[1], "otto")
    assert audited(approval_database, "approval.handed_over") == FOR_MARCUS


def test_revoking(approval_database: Database, waiting: tuple[ApprovalRow, OfficialRow]) -> None:
    with approval_database.transaction() as session:
        approval, loretta = session.get_one(ApprovalRow, waiting[0].id), waiting[1]
        approve(session, approval, loretta)
        way = Way(signed_in_as="loretta")
        revoke_decision(session, approval.id, loretta.id, "By mistake.", way, always_sign_in=False, now=LATER)
        assert approval.revoked_by_name == BOTH
        assert published(session, RoleEndOrdered)[0].ordered_by == BOTH
    assert audited(approval_database, "approval.revoked") == FOR_MARCUS


def test_who_acts_for_nobody_else_acts_for_their_authority(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        comments(session, approval, loretta, "I wait for her supervisor.", for_officials=True)
    (entry,) = entries(approval_database, "approval.commented")
    assert (entry.on_behalf_of, "acted_for" in entry.after) == ("authority:state:AL", False)
