"""Which faults come when: the same for the same seed, each kind at least once, big ones one at a time."""

from collections import Counter
from itertools import pairwise

import pytest

from deploy.faults.injectors import INJECTORS
from deploy.faults.kinds import KINDS, SPAN_SECONDS
from deploy.faults.plan import SHORTEST_GAP_SECONDS, Planned, bursts, make_plan, shortening
from deploy.local.programs import ROLES

SEEDS = range(20)


def big(plan: list[Planned]) -> list[Planned]:
    return [planned for planned in plan if KINDS[planned.kind].big]


def test_every_kind_has_its_injector() -> None:
    assert set(INJECTORS) == set(KINDS)


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    assert make_plan(7, SPAN_SECONDS) == make_plan(7, SPAN_SECONDS)
    assert make_plan(7, SPAN_SECONDS) != make_plan(8, SPAN_SECONDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_run_has_every_kind(seed: int) -> None:
    assert {planned.kind for planned in make_plan(seed, SPAN_SECONDS)} == set(KINDS)


def test_every_process_of_every_service_is_killed() -> None:
    wanted = {f"{service.removesuffix('_svc')}-{role}" for service, roles in ROLES.items() for role in roles}
    kills = [each for each in make_plan(1, SPAN_SECONDS) if each.kind.startswith("kill ") and not KINDS[each.kind].big]
    killed = {planned.target for planned in kills}
    assert killed == wanted


@pytest.mark.parametrize("seconds", [60, 200, SPAN_SECONDS, 1800])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_big_fault_begins_when_the_one_before_has_ended_and_could_be_recovered_from(
    seed: int, seconds: float
) -> None:
    for one, next_one in pairwise(big(make_plan(seed, seconds))):
        length = KINDS[one.kind].seconds * shortening(seconds) + KINDS[one.kind].effort
        assert next_one.at_seconds - (one.at_seconds + length) > SHORTEST_GAP_SECONDS / 2


@pytest.mark.parametrize("seconds", [20, 60, SPAN_SECONDS, 1800])
@pytest.mark.parametrize("seed", SEEDS)
def test_all_faults_lie_within_the_run(seed: int, seconds: float) -> None:
    plan = make_plan(seed, seconds)
    assert plan == sorted(plan)
    assert plan[0].at_seconds > 0
    for planned in plan:
        assert planned.at_seconds + KINDS[planned.kind].seconds * shortening(seconds) < seconds


def test_a_longer_run_has_each_kind_more_often_and_a_shorter_one_fewer_kinds() -> None:
    long = Counter((each.kind, KINDS[each.kind].every and each.target) for each in big(make_plan(1, 3 * SPAN_SECONDS)))
    assert set(long.values()) == {3}
    assert 1 <= len(big(make_plan(1, 60))) < len(big(make_plan(1, SPAN_SECONDS)))


def test_only_the_kinds_that_are_named_come() -> None:
    named = ["kill web", "broker flushed"]
    assert {planned.kind for planned in make_plan(1, 60, named)} == set(named)
    with pytest.raises(KeyError):
        make_plan(1, 60, ["flood"])


def test_whom_the_mail_server_does_not_know_has_a_colleague() -> None:
    targets = KINDS["smtp answers 5xx"].targets
    assert len(targets) == len(set(targets)) > 5
    assert "wesley.tran@health.alabama.example" in targets
    assert "loretta.simmons@health.alabama.example" not in targets


@pytest.mark.parametrize("seed", SEEDS)
def test_who_asks_and_who_tells_is_each_gone_for_a_whole_burst(seed: int) -> None:
    plan = make_plan(seed, SPAN_SECONDS)
    stops = [planned for planned in plan if planned.kind == "service stopped"]
    assert {planned.target for planned in stops} == {"approval_svc", "notify_svc"}
    for planned, (begin, end) in zip(stops, bursts(plan, SPAN_SECONDS), strict=True):
        assert planned.at_seconds < begin < end
        assert end - begin == pytest.approx(KINDS["service stopped"].seconds)
