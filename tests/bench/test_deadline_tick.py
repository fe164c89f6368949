"""What `make bench` measures is what it says: so many open approvals, so many due, each taken once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from approval_svc.domain.approvals import State
from approval_svc.tables import ApprovalRow, AskingRow, DeadlineRow
from deploy.bench import deadline_tick
from deploy.bench.bench import Bench
from deploy.bench.deadline_tick import FIRST, WrongCountError, how_claimed
from deploy.bench.waiting import fill
from deploy.local.servers import Servers

SMALL, LARGE = 40, 1200


@pytest.fixture(scope="module")
def bench(servers: Servers) -> Iterator[Bench]:
    made = Bench(servers.database_url, (SMALL, LARGE), lambda _words: None)
    yield made
    made.close()


def test_a_tick_is_measured_at_each_size_against_the_smallest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline_tick, "REPEATS", 2)
    monkeypatch.setattr(deadline_tick, "DUE", 8)
    found = deadline_tick.measure(bench)["open_approvals"]
    assert set(found) == {str(SMALL), str(LARGE)}
    assert found[str(SMALL)]["ratio"] == 1.0
    assert all(len(each["seconds_of_each_tick"]) == 2 for each in found.values())


def test_too_few_approvals_are_not_measured(bench: Bench) -> None:
    with pytest.raises(WrongCountError):
        deadline_tick.measure(bench)


def test_so_many_approvals_are_open_each_with_its_officials_and_deadlines(bench: Bench) -> None:
    with bench.approvals(LARGE, fill).reading() as session:
        expired = session.scalar(select(func.count()).where(ApprovalRow.state == State.EXPIRED)) or 0
        is_open = session.scalar(select(func.count()).where(ApprovalRow.state == State.ASKED)) or 0
        deadlines = session.scalar(select(func.count()).select_from(DeadlineRow))
        askings = session.scalar(select(func.count()).select_from(AskingRow).where(AskingRow.asked_at < FIRST))
    assert is_open + expired == LARGE
    assert deadlines == LARGE * 8
    assert askings == LARGE * 2


def test_what_is_due_is_found_by_its_index_alone(bench: Bench) -> None:
    plan = "\n".join(how_claimed(bench.approvals(LARGE, fill), FIRST))
    assert "ix_deadlines_due_at" in plan
    assert "Seq Scan" not in plan
