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
