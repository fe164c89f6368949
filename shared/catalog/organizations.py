"""Organizations from CSV: states, contract organizations, contractors and providers.

One line an organization, columns named in the first line, UTF-8. A byte order mark and blank lines are accepted:
spreadsheet programs write both. The report names every line that could not be used, not only the first.
"""

from __future__ import annotations

import csv
import io
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shared.catalog.model import Organization, OrganizationKindId
from shared.texts import name_problem

COLUMNS: Mapping[OrganizationKindId, tuple[str, ...]] = {
    "state": ("code", "name", "time_zone"),
    "contract-organization": ("id", "name", "time_zone"),
    "mac": ("id", "name", "time_zone"),
    "ado": ("id", "name", "time_zone"),
    "provider": ("ccn", "name", "state", "provider_type"),
}
_Line = tuple[int, list[str]]
STATES_FILE = Path(__file__).parent / "data" / "states.csv"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one place; `line` counts from 1, the header; `column` is None for the line as a whole."""

    line: int
    column: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The organizations of the good lines, and what is wrong with the others."""

    kind: OrganizationKindId
    rows: tuple[Organization, ...]
    problems: tuple[RowProblem, ...]


@dataclass(slots=True)
class _Import:
    """An import under way: what each line is judged against."""

    kind: OrganizationKindId
    states: Mapping[str, str]
    line_of: dict[str, int] = field(default_factory=dict)
    line_of_name: dict[str, int] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS[self.kind]

    @property
    def id_column(self) -> str:
        return self.columns[0]


def parse(kind: OrganizationKindId, text: str, *, states: Mapping[str, str] | None = None) -> ImportReport:
    """Reads a CSV of one kind of organization.

    `states` maps each known state's code to its IANA time zone; left out, the catalog's own states are used.
    Never raises for what the text holds: every fault is in the report. KeyError for an unknown kind.
    """
    known = states if states is not None else ({} if kind == "state" else packaged_states())
    run = _Import(kind, known)
    lines, problems = _lines(text.removeprefix("\ufeff"))
    rows = _rows(run, lines, problems)
    return ImportReport(kind, tuple(rows), tuple(problems))


def id_problem(kind: OrganizationKindId, value: str) -> str | None:
    """Says what is wrong with the shape of an organization's id, or None when it is well formed.

    Says nothing about whether the organization exists. KeyError for an unknown kind.
    """
    return _ID_CHECKS[COLUMNS[kind][0]](value)


@cache
def packaged_states() -> Mapping[str, str]:
    """Returns each state's code and time zone, from the catalog's own states file."""
    report = parse("state", STATES_FILE.read_text(encoding="utf-8"))
    return {state.id: state.time_zone for state in report.rows}


def _lines(text: str) -> tuple[list[_Line], list[RowProblem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[_Line] = []
    try:
        for cells in reader:
            # A quoted value may hold line breaks; the reader's own count is the line that an editor shows.
            lines.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        return lines, [RowProblem(reader.line_num, None, f"This line is not valid CSV: {error}.")]
    return lines, []


def _rows(run: _Import, lines: list[_Line], problems: list[RowProblem]) -> list[Organization]:
    """Returns the organizations of the good lines; what is wrong with the others is added to `problems`."""
    (first, header), *rest = [line for line in lines if any(line[1])] or [(1, [])]
    faults = list(_header_problems(run, first, header))
    problems.extend(faults)
    rows: list[Organization] = []
    for number, cells in rest if not faults else ():
        found = list(_row_problems(run, number, header, cells))
        problems.extend(found)
        if not found:
            rows.append(_organization(run, dict(zip(header, cells, strict=True))))
    return rows


def _header_problems(run: _Import, line: int, header: list[str]) -> Iterator[RowProblem]:
    if not any(column in header for column in run.columns):
        wanted = ",".join(run.columns)
        yield RowProblem(line, None, f"The first line must name the columns: {wanted}.")
        return
    for column in run.columns:
        if column not in header:
            yield RowProblem(line, column, "This column is missing.")
    for column in dict.fromkeys(header):
        if column not in run.columns:
            yield RowProblem(line, column or None, "This column is not known; remove it or correct its name.")
        elif header.count(column) > 1:
            yield RowProblem(line, column, "This column is named twice.")


def _row_problems(run: _Import, line: int, header: list[str], cells: list[str]) -> Iterator[RowProblem]:
    if len(cells) != len(header):
        yield RowProblem(line, None, f"This line has {len(cells)} values; the header names {len(header)}.")
        return
    values = dict(zip(header, cells, strict=True))
    for column in run.columns:
        text = _value_problem(run, column, values[column])
        if text:
            yield RowProblem(line, column, text)
    yield from _repeated(run, line, values)


def _value_problem(run: _Import, column: str, value: str) -> str | None:
    if not value:
        return "A value is missing."
    if column in _ID_CHECKS:
        return _ID_CHECKS[column](value)
    return _CHECKS[column](run, value) if column in _CHECKS else None


def _code_problem(value: str) -> str | None:
    if re.fullmatch(r"[A-Z]{2}", value):
        return None
    return f"“{value}” is not a state code: two capital letters, such as AL."


def _slug_problem(value: str) -> str | None:
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        return None
    return f"“{value}” is not an id: lower-case letters and digits joined by hyphens, such as university-of-colorado."


def _ccn_problem(value: str) -> str | None:
    if re.fullmatch(r"[0-9A-Z][0-9][0-9A-Z][0-9]{3}", value):
        return None
    return f"“{value}” is not a CCN: six characters, such as 015009 (a spreadsheet may have dropped a leading zero)."


def _state_problem(run: _Import, value: str) -> str | None:
    return None if value in run.states else f"“{value}” is not the code of a known state or territory."


def _name_problem(_: _Import, value: str) -> str | None:
    return name_problem(value)


def _time_zone_problem(_: _Import, value: str) -> str | None:
    if value in _time_zones():
        return None
    return f"“{value}” is not a known time zone; use a name such as America/Chicago."


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


_ID_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "code": _code_problem,
    "id": _slug_problem,
    "ccn": _ccn_problem,
}
_CHECKS: Mapping[str, Callable[[_Import, str], str | None]] = {
    "name": _name_problem,
    "provider_type": _name_problem,
    "state": _state_problem,
    "time_zone": _time_zone_problem,
}


def _repeated(run: _Import, line: int, values: Mapping[str, str]) -> Iterator[RowProblem]:
    identifier = values[run.id_column]
    first = run.line_of.setdefault(identifier, line)
    if identifier and first != line:
        yield RowProblem(line, run.id_column, f"“{identifier}” is already on line {first}.")
    # Two providers may well share a name; two states or contractors of one name cannot be told apart in a list.
    first = run.line_of_name.setdefault(values["name"].casefold(), line)
    if run.kind != "provider" and values["name"] and first != line:
        yield RowProblem(line, "name", f"“{values['name']}” is already on line {first}.")


def _organization(run: _Import, values: Mapping[str, str]) -> Organization:
    state = values.get("state")
    return Organization(
        kind=run.kind,
        id=values[run.id_column],
        name=values["name"],
        time_zone=run.states[state] if state else values["time_zone"],
        state=state,
        provider_type=values.get("provider_type"),
    )
