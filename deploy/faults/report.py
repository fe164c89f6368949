"""The figures of a run: `build/faults.json` for machines, tables for people."""

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.faults.findings import Fault, Findings
from deploy.faults.injectors import Injected
from deploy.faults.records import Leave, Record, Seen
from shared.command_line import table_of


@dataclass(frozen=True)
class Result:
    """What a run was, and what came of it. `recovered` has the seconds for each fault, None where none was seen.

    `began` is when the load did (`time.monotonic()`); `lags` is the age in seconds of the oldest thing under way, look
    by look.
    """

    seed: int
    seconds: float
    records: Sequence[Record]
    trouble: Mapping[str, int]
    injected: Sequence[Injected]
    recovered: Sequence[float | None]
    mails: int
    findings: Findings
    began: float = 0.0
    lags: Sequence[float] = ()
    leaves: Sequence[Leave] = ()


def figures(result: Result) -> dict[str, Any]:
    """Returns the figures as JSON values."""
    findings = result.findings
    attempts = [attempt for record in result.records for attempt in record.attempts]
    return {
        "seed": result.seed,
        "seconds": round(result.seconds, 1),
        "requests": sum(record.submitted is Seen.ACCEPTED for record in result.records),
        "requests_unsure": sum(record.submitted is Seen.UNSURE for record in result.records),
        "requests_not_sent": sum(record.submitted is Seen.NOTHING for record in result.records),
        "faults": dict(sorted(Counter(each.kind for each in result.injected if each.met).items())),
        "lost": findings.count(Fault.LOST) + findings.count(Fault.STATES_DIFFER),
        "decided_twice": findings.count(Fault.DECIDED_TWICE),
        "mails_missing": findings.count(Fault.MAIL_MISSING),
        "mails_repeated": findings.mails_repeated + findings.count(Fault.MAIL_REPEATED),
        "recovery_seconds": _recovery(result),
        "queue_lag_seconds": _summary(result.lags),
        "injections": [_told(each, result.began) for each in result.injected],
        "mails": result.mails,
        "mails_refused_for_good": findings.mails_refused,
        "decisions_tried": len(attempts),
        "decisions_made": sum(attempt.is_theirs for attempt in attempts),
        "decisions_for_the_absent": findings.decided_for_others,
        "absences": sum(leave.seen is Seen.ACCEPTED for leave in result.leaves),
        "absences_cancelled": sum(leave.back is Seen.ACCEPTED for leave in result.leaves),
        "absences_refused": sum(leave.seen is Seen.REFUSED for leave in result.leaves),
        "withdrawals": sum(record.withdrawn is Seen.ACCEPTED for record in result.records),
        "dead_letters_of_poison": findings.poison,
        "trouble_of_browsers": dict(sorted(result.trouble.items())),
        "differences": dict(sorted(Counter(each.fault.value for each in findings.differences).items())),
    }


def write(result: Result, file: Path) -> None:
    """Writes the figures to `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures(result), indent=2) + "\n")


def show(result: Result, console: Console) -> None:
    """Prints a table of faults and one of figures."""
    found = figures(result)
    recovery = found.pop("recovery_seconds")
    _show_injections(found.pop("injections"), console)
    rows = [
        (kind, str(count), *(str(recovery.get(kind, {}).get(key, "-")) for key in ("median", "worst")))
        for kind, count in found.pop("faults").items()
    ]
    console.print(table_of(("Fault", "Times", "Median s", "Worst s"), rows, "Recovery"))
    flat = [(name.replace("_", " "), _words(value)) for name, value in found.items()]
    console.print(table_of(("Figure", "Value"), flat))


def _recovery(result: Result) -> dict[str, dict[str, float | None]]:
    seconds: dict[str, list[float | None]] = defaultdict(list)
    for injected, recovered in zip(result.injected, result.recovered, strict=True):
        if injected.met:
            seconds[injected.kind].append(recovered)
    return {kind: _summary(values) for kind, values in sorted(seconds.items())}


def _told(injected: Injected, began: float) -> dict[str, Any]:
    """Returns a fault as it was; all times are seconds since the load began."""
    planned = None if injected.planned is None else round(injected.planned - began, 1)
    return {
        "kind": injected.kind,
        "target": injected.target,
        "planned_at": planned,
        "began_at": round(injected.began - began, 1),
        "ended_at": round(injected.ended - began, 1),
        "met": injected.met,
        "note": injected.note,
    }


def _show_injections(injections: Sequence[Mapping[str, Any]], console: Console) -> None:
    rows = [
        (
            *(_seconds(each[key]) for key in ("planned_at", "began_at", "ended_at")),
            each["kind"],
            each["note"] if each["met"] else f"met nothing: {each['note']}",
        )
        for each in injections
    ]
    console.print(table_of(("Planned s", "Began", "Ended", "Fault", "What it did"), rows, "Faults"))


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _summary(values: Sequence[float | None]) -> dict[str, float | None]:
    """Returns median and worst; the worst is None when a recovery was not seen before the run ended."""
    seen = [value for value in values if value is not None]
    median = round(statistics.median(seen), 1) if seen else None
    return {"median": median, "worst": round(max(seen), 1) if seen and len(seen) == len(values) else None}


def _words(value: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else str(value)
