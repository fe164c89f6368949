"""A CSV file of the days on which organizations are closed, judged row by row in plain words."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from approval_svc.domain.official_rows import Known, RowProblem
from approval_svc.domain.routing import OrganizationId

COLUMNS = ("organization_kind", "organization_id", "day", "name")
LONGEST_NAME = 120


@dataclass(frozen=True, kw_only=True)
class ClosingDay:
    """One good row: the organization is closed on that day of its own calendar, and what the day is called."""

    organization: OrganizationId
    day: date
    name: str


@dataclass(frozen=True)
class Report:
    """The good rows, what is doubtful in them, and what is wrong with the others.

    A file with a problem is not taken at all; one with warnings is.
    """

    entries: list[ClosingDay] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)


def read(text: str, known: Known) -> Report:
    """Reads the file. Never raises for what it holds: every fault is in the report."""
    report = Report()
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    seen: set[tuple[OrganizationId, date]] = set()
    try:
        if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
            report.problems.append(RowProblem(1, f"The header lacks: {', '.join(missing)}."))
            return report
        for row in rows:
            _judge(rows.line_num, {key: (row.get(key) or "").strip() for key in COLUMNS}, known, seen, report)
    except csv.Error as error:
        report.problems.append(RowProblem(rows.line_num, f"This line is not valid CSV: {error}."))
    return report


def _judge(
    line: int, row: dict[str, str], known: Known, seen: set[tuple[OrganizationId, date]], report: Report
) -> None:
    problems = [RowProblem(line, text) for text in _problems(row, known)]
    day = _day(row["day"])
    report.problems.extend(problems)
    if problems or day is None:
        return
    organization = OrganizationId(kind=row["organization_kind"], id=row["organization_id"])
    if (organization, day) in seen:
        report.problems.append(RowProblem(line, f"{day} stands in the file already for this organization."))
        return
    seen.add((organization, day))
    report.entries.append(ClosingDay(organization=organization, day=day, name=row["name"]))
    report.warnings.extend(RowProblem(line, text) for text in _doubts(organization, day, known))


def _problems(row: dict[str, str], known: Known) -> Iterator[str]:
    yield from _organization_problems(row["organization_kind"], row["organization_id"], known)
    if _day(row["day"]) is None:
        yield f"day {row['day'][:LONGEST_NAME]!r} is not a date, such as 2026-12-24."
    if not row["name"]:
        yield "name is empty."
    elif problem := known.name_problem(row["name"]):
        yield f"name: {problem}"
    elif len(row["name"]) > LONGEST_NAME:
        yield f"name is longer than {LONGEST_NAME} characters."


def _organization_problems(kind: str, organization: str, known: Known) -> Iterator[str]:
    if kind not in known.kinds:
        yield f"organization_kind {kind!r} is not one of {', '.join(sorted(known.kinds))}."
    elif problem := known.id_problem(kind, organization):
        yield f"organization_id: {problem}"
    elif kind in known.complete and OrganizationId(kind=kind, id=organization) not in known.organizations:
        yield f"organization_id {organization!r} is no {kind} of the catalog."


def _doubts(organization: OrganizationId, day: date, known: Known) -> Iterator[str]:
    if organization not in known.organizations:
        yield f"{organization.kind} {organization.id}: no request has named this organization yet; check the id."
    if day.weekday() >= 5:
        yield f"{day} is a {day:%A}, which counts for nobody anyway."


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
