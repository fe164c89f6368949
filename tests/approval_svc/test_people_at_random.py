"""Whatever people do, and however the days pass: the database agrees with the rules in plain words after each step."""

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from approval_svc.domain.approvals import Verdict
from approval_svc.settings import Settings
from approval_svc.use_cases.answer_review import Said
from shared.db import Database
from shared.settings import load
from tests.approval_svc.people import AUTHORITIES, REQUESTERS, House
from tests.conftest import fresh_database

OFFICIALS, ASKING = st.sampled_from(sorted(AUTHORITIES)), st.sampled_from(sorted(REQUESTERS))
PLACES = st.integers(min_value=0, max_value=4)
ACTS = st.one_of(
    st.tuples(st.just("ask"), ASKING),
    st.tuples(st.just("wait"), st.sampled_from((3, 18, 51, 99, 150))),
    st.tuples(st.just("wait"), st.sampled_from((18, 51, 99))),
    st.tuples(st.just("leave"), OFFICIALS),
    st.tuples(st.just("come"), OFFICIALS),
    st.tuples(st.just("absence"), OFFICIALS, OFFICIALS, st.integers(0, 3), st.integers(0, 10)),
    st.tuples(st.just("back_again")),
    st.tuples(st.just("hand_over"), PLACES, OFFICIALS, OFFICIALS),
    st.tuples(st.just("question"), PLACES, OFFICIALS),
    st.tuples(st.just("answer")),
    st.tuples(st.just("decide"), OFFICIALS, st.sampled_from(Verdict)),
    st.tuples(st.just("nudge"), PLACES),
    st.tuples(st.just("withdraw"), PLACES),
    st.tuples(st.just("open_review")),
    st.tuples(st.just("review"), OFFICIALS, st.sampled_from(Said)),
)


TO_THE_END_OF_THE_CHAIN = [("wait", 150), ("wait", 150), ("wait", 150), ("wait", 150), ("wait", 150)]
NOBODY_IS_LEFT = [
    ("absence", "loretta", "daniel", 0, 10),
    *(("leave", who) for who in ("rita", "margaret", "henry", "daniel")),
    ("decide", "loretta", Verdict.APPROVED),
    ("ask", "angela"),
    ("leave", "loretta"),
    ("wait", 150),
    ("come", "henry"),
    ("come", "daniel"),
    ("wait", 99),
]
FROM_HAND_TO_HAND = [
    ("hand_over", 0, "loretta", "margaret"),
    ("absence", "margaret", "daniel", 1, 3),
    ("wait", 51),
    ("hand_over", 0, "rita", "daniel"),
    ("leave", "daniel"),
    ("wait", 99),
    ("come", "daniel"),
    ("back_again",),
    ("leave", "margaret"),
]
WITHOUT_AN_ANSWER = [
    ("question", 0, "loretta"),
    ("wait", 150),
    ("question", 0, "rita"),
    ("wait", 150),
    ("wait", 99),
    ("question", 0, "loretta"),
    ("wait", 18),
    ("answer",),
    ("answer",),
    ("wait", 99),
    ("nudge", 0),
]


A_SECOND_CLICK = [("absence", "rita", "margaret", 2, 9), ("absence", "rita", "margaret", 2, 9), ("wait", 72)]


@given(asked=st.lists(ASKING, min_size=1, max_size=2), acts=st.lists(ACTS, min_size=5, max_size=20))
@example(asked=["angela", "rita", "twin"], acts=TO_THE_END_OF_THE_CHAIN)
@example(asked=["angela", "margaret"], acts=NOBODY_IS_LEFT)
@example(asked=["angela"], acts=FROM_HAND_TO_HAND)
@example(asked=["angela"], acts=WITHOUT_AN_ANSWER)
@example(asked=["rita"], acts=A_SECOND_CLICK)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_do_the_right_ones_decide_and_only_those_concerned_are_told(
    settings_environ: dict[str, str], asked: list[str], acts: list[tuple[Any, ...]]
) -> None:
    for database in fresh_database("approval_svc", settings_environ):
        walk(database, load(Settings, settings_environ), [*(("ask", who) for who in asked), *acts])


def walk(database: Database, service_settings: Settings, acts: list[tuple[Any, ...]]) -> None:
    house = House(database, service_settings)
    for name, *arguments in acts:
        before = house.standing()
        getattr(house, name)(*arguments)
        house.check(before)
