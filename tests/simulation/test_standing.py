"""The plain rules of who is asked, by which the run foretells mails: they know nothing of approval_svc."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from deploy.simulation.facts import Handed, Leave, Part
from deploy.simulation.standing import Standing
from deploy.simulation.turns import Why, changes_of, turns

STATE, CMS, HELP_DESK = ("ann", "john"), ("carl", "cora"), ("hugo",)
GROUPS = (STATE, CMS, HELP_DESK)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def asked(standing: Standing) -> set[str]:
    return set(standing.asked)


def leave(who: str, substitute: str, first: int, last: int) -> Leave:
    return Leave(who, substitute, NOON + first * DAY, NOON + last * DAY, NOON + last * DAY)


def test_the_first_group_is_asked_and_the_next_one_besides() -> None:
    standing = Standing(GROUPS)
    assert asked(standing) == {*STATE}
    higher = standing.escalated()
    assert higher is not None
    assert asked(higher) == {*STATE, *CMS}


def test_the_chain_ends_where_nobody_is_left_to_add() -> None:
    assert Standing(GROUPS, level=2).escalated() is None


def test_a_group_of_nobody_is_left_out() -> None:
    standing = Standing(((), CMS, HELP_DESK))
    higher = standing.escalated()
    assert asked(standing) == {*CMS}
    assert higher is not None
    assert asked(higher) == {*CMS, *HELP_DESK}


def test_who_is_absent_is_not_asked_and_who_acts_is_also_of_the_next_group() -> None:
    assert asked(Standing(GROUPS, away={"ann": "john"})) == {"john"}
    assert asked(Standing(GROUPS, away={"ann": "carl"})) == {"john", "carl"}
    assert asked(Standing(GROUPS, away={"ann": "hugo"})) == {"john"}


def test_nobody_acts_who_may_not_decide_themselves() -> None:
    assert asked(Standing((("ann",), CMS), away={"ann": "the requester"})) == {*CMS}


def test_with_everybody_gone_the_absent_are_asked_after_all() -> None:
    gone = {"ann": "the requester", "john": "the requester"}
    assert asked(Standing((STATE, (), ()), away=gone)) == {*STATE}


def test_what_is_handed_over_goes_to_the_receiver_or_to_who_acts_for_them() -> None:
    standing = Standing(GROUPS).with_handed("ann", "carl")
    assert asked(standing) == {"john", "carl"}
    assert asked(standing.with_away({"carl": "cora"})) == {"john", "cora"}
    assert asked(standing.with_handed("carl", "ann")) == {*STATE}


def test_handing_over_ends_what_others_do_in_the_place_of_the_giver() -> None:
    standing = Standing(GROUPS).with_handed("ann", "john")
    assert asked(standing.with_away({"ann": "carl"})) == {"john"}


def test_what_was_handed_to_somebody_who_is_gone_goes_back_for_good() -> None:
    standing = Standing((STATE, CMS)).with_handed("ann", "carl")
    back = standing.with_away({"carl": "the requester"})
    assert asked(back) == {*STATE}
    assert asked(back.with_away({})) == {*STATE}


def test_the_turns_of_an_approval_come_in_order() -> None:
    part = Part(uuid4(), None, NOON, handed=[Handed(NOON + 4 * DAY, "john", "cora")])
    changes = changes_of([leave("ann", "carl", 1, 3), leave("somebody", "else", 1, 3)])
    found = list(turns(GROUPS, part, [NOON + 5 * DAY], changes, NOON + 9 * DAY))
    assert [(turn.why, set(turn.new), set(turn.before - turn.after)) for turn in found] == [
        (Why.FIRST, {"ann", "john"}, set()),
        (Why.ABSENCE, {"carl"}, {"ann"}),
        (Why.ABSENCE, {"ann"}, {"carl"}),
        (Why.HANDED, {"cora"}, {"john"}),
        (Why.ESCALATION, {"carl"}, set()),
    ]


def test_nothing_changes_after_the_end_and_an_absence_that_was_called_off_changes_nothing() -> None:
    part = Part(uuid4(), None, NOON)
    gone = leave("ann", "carl", 1, 3)
    found = list(turns(GROUPS, part, [], changes_of([gone]), NOON + 2 * DAY))
    assert [turn.why for turn in found] == [Why.FIRST, Why.ABSENCE]
    gone.over_at = NOON
    assert changes_of([gone]) == []
