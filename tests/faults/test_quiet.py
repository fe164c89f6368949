"""How long a recovery took: from a fault's end until all that was written while it lasted has had its effect."""

from deploy.faults.injectors import Injected
from deploy.faults.quiet import Sample, lags, recovery

FAULT = Injected("broker away", "frozen", 90.0, 100.0, "")
FLUSH = Injected("broker flushed", "valkey", 100.0, 100.0, "")


def sample(at: float, *written: float, whole: bool = True) -> Sample:
    return Sample(at, whole, written, ())


def test_a_stack_in_which_nothing_of_the_fault_is_under_way_has_recovered() -> None:
    assert recovery(FAULT, [sample(99.0), sample(101.0, 99.5), sample(104.0, 103.0)]) == 4.0


def test_nothing_under_way_at_all_is_recovered_as_well() -> None:
    assert recovery(FAULT, [sample(100.5)]) == 0.5


def test_what_an_earlier_fault_has_put_off_does_not_count() -> None:
    assert recovery(FAULT, [sample(101.0, 60.0, 95.0), sample(102.0, 60.0, 101.0)]) == 2.0


def test_what_was_written_just_before_an_instant_fault_counts() -> None:
    assert recovery(FLUSH, [sample(101.0, 98.0), sample(103.0, 96.0)]) == 3.0


def test_a_stack_of_which_a_part_is_away_has_not_recovered() -> None:
    assert recovery(FAULT, [sample(101.0, whole=False), sample(102.0)]) == 2.0


def test_a_recovery_that_was_not_seen_has_no_time() -> None:
    assert recovery(FAULT, [sample(99.0), sample(101.0, 95.0)]) is None


def test_the_lag_is_the_age_of_the_oldest_while_all_is_at_work() -> None:
    assert lags([sample(100.0, 97.0, 99.0), sample(101.0), sample(102.0, 10.0, whole=False)]) == [3.0, 0.0]
