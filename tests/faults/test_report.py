"""The figures of a run, as `build/faults.json` has them."""

from deploy.faults.findings import Fault, Findings
from deploy.faults.injectors import Injected
from deploy.faults.report import Result, figures
from tests.faults.bookkeeping import in_order


def result(findings: Findings, *recovered: float | None) -> Result:
    faults = [Injected("broker flushed", "valkey", 1.0, 2.0, "") for _ in recovered]
    records = in_order().records
    return Result(7, 60.0, records, {"status 503": 2}, faults, recovered, 6, findings)


def test_the_figures_that_were_asked_for_are_there() -> None:
    found = figures(result(Findings(mails_repeated=1), 3.0, 1.0, 2.0))
    assert found["requests"] == 1
    assert found["faults"] == {"broker flushed": 3}
    assert (found["lost"], found["decided_twice"], found["mails_missing"], found["mails_repeated"]) == (0, 0, 0, 1)
    assert found["recovery_seconds"] == {"broker flushed": {"median": 2.0, "worst": 3.0}}
    assert (found["seed"], found["seconds"]) == (7, 60.0)


def test_a_recovery_that_was_not_seen_is_no_number() -> None:
    found = figures(result(Findings(), 3.0, None))
    assert found["recovery_seconds"] == {"broker flushed": {"median": 3.0, "worst": None}}


def test_what_is_wrong_is_counted_by_what_it_is() -> None:
    findings = Findings()
    findings.add(Fault.LOST, "a request")
    findings.add(Fault.STATES_DIFFER, "another")
    findings.add(Fault.MAIL_MISSING, "a mail")
    found = figures(result(findings))
    assert (found["lost"], found["mails_missing"]) == (2, 1)
    assert found["differences"] == {"lost": 1, "mails_missing": 1, "states_differ": 1}


def test_each_fault_is_told_with_when_it_was_planned_and_when_it_came() -> None:
    came = Injected("kill web", "notify-web", 112.0, 113.0, "process 7", planned=110.0)
    missed = Injected(
        "messages out of order", "notify_svc", 120.0, 125.0, "0 tasks held back", planned=120.0, met=False
    )
    found = figures(
        Result(7, 60.0, [], {}, [came, missed], [1.0, 0.5], 0, Findings(), began=100.0, lags=[0.0, 1.0, 5.0])
    )
    assert found["injections"][0] == {
        "kind": "kill web",
        "target": "notify-web",
        "planned_at": 10.0,
        "began_at": 12.0,
        "ended_at": 13.0,
        "met": True,
        "note": "process 7",
    }
    assert found["queue_lag_seconds"] == {"median": 1.0, "worst": 5.0}


def test_a_fault_that_met_nothing_is_not_counted() -> None:
    missed = Injected("messages out of order", "notify_svc", 120.0, 125.0, "0 tasks held back", met=False)
    found = figures(Result(7, 60.0, [], {}, [missed], [0.5], 0, Findings()))
    assert (found["faults"], found["recovery_seconds"]) == ({}, {})
    assert found["injections"][0]["met"] is False
