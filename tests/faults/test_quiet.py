"""How long a recovery took: from a fault's end until all that was written before has had its effect."""

from deploy.faults.injectors import Injected
from deploy.faults.quiet import Sample, recovery

FAULT = Injected("broker flushed", "valkey", 90.0, 100.0, "")


def sample(at: float, oldest: float | None = None, *, whole: bool = True) -> Sample:
    return Sample(at, whole, oldest, ())


def test_a_stack_in_which_nothing_old_is_under_way_has_recovered() -> None:
    assert recovery(FAULT, [sample(99.0), sample(101.0, 99.5), sample(104.0, 103.0)]) == 4.0


def test_nothing_under_way_at_all_is_recovered_as_well() -> None:
    assert recovery(FAULT, [sample(100.5)]) == 0.5


def test_a_stack_of_which_a_part_is_away_has_not_recovered() -> None:
    assert recovery(FAULT, [sample(101.0, whole=False), sample(102.0)]) == 2.0


def test_a_recovery_that_was_not_seen_has_no_time() -> None:
    assert recovery(FAULT, [sample(99.0), sample(101.0, 50.0)]) is None
