"""Whatever people do, and however the days pass: the same rules hold after each step."""

from typing import Any

from hypothesis import HealthCheck, given, settings
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
    st.tuples(st.just("wait"), st.sampled_from((3, 20, 50, 100, 150))),
    st.tuples(st.just("wait"), st.sampled_from((20, 50, 100))),
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


@given(asked=st.lists(ASKING, min_size=1, max_size=2), acts=st.lists(ACTS, min_size=5, max_size=20))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_do_nobody_decides_on_themselves_and_only_those_concerned_are_told(
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
