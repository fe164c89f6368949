"""A CSV file of Security Officials, judged row by row in plain words.

Organizations are request_svc's: what is known of them here is what the catalog lists in full, what requests have named,
and how an id looks. A well-formed id that nothing has named yet is therefore doubtful, not wrong.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from approval_svc.domain.routing import NATIONAL, OrganizationId

COLUMNS = ("authority_kind", "organization_id", "user_id", "name", "email", "phone", "time_zone")
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]+")
_USER_ID = re.compile(r"[\x20-\x7e]{1,255}")
"""A subject is ASCII and not longer (OpenID Connect Core 1.0, section 2)."""
_PHONE = re.compile(r"[\x20-\x7e]{0,40}")
LONGEST_ADDRESS = 254


@dataclass(frozen=True, kw_only=True)
class OfficialEntry:
    """One good row. For a national authority `organization_id` is the authority's kind."""

    authority_kind: str
    organization_id: str
    user_id: str
    name: str
    email: str
    phone: str | None
    time_zone: str | None


@dataclass(frozen=True)
class RowProblem:
    """What is wrong, or doubtful, in one line of the file; the header is line 1."""

    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """What rows may refer to.

    `kinds` of organization; `complete` are those of which `organizations` has every one, besides what requests have
    named. `id_problem(kind, id)` says what is wrong with the shape of an id, `name_problem(name)` what is wrong with a
    name. Time zones are IANA names.
    """

    kinds: Collection[str]
    complete: Collection[str]
    organizations: Collection[OrganizationId]
    id_problem: Callable[[str, str], str | None]
    name_problem: Callable[[str], str | None]
    time_zones: Collection[str]


@dataclass(frozen=True)
class Report:
    """The good rows, what is doubtful in them, and what is wrong with the others.

    A file with a problem is not taken at all; one with warnings is.
    """

    entries: list[OfficialEntry] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)


def read(text: str, known: Known) -> Report:
    """Reads the file. Never raises for what it holds: every fault is in the report."""
    report = Report()
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    seen: set[tuple[str, str, str]] = set()
    try:
        if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
            report.problems.append(RowProblem(1, f"The header lacks: {', '.join(missing)}."))
            return report
        for row in rows:
            _judge(rows.line_num, {key: (row.get(key) or "").strip() for key in COLUMNS}, known, seen, report)
    except csv.Error as error:
        report.problems.append(RowProblem(rows.line_num, f"This line is not valid CSV: {error}."))
    return report


def _judge(line: int, row: dict[str, str], known: Known, seen: set[tuple[str, str, str]], report: Report) -> None:
    problems = [RowProblem(line, text) for text in _problems(row, known)]
    entry = _entry(row)
    who = (entry.authority_kind, entry.organization_id, entry.user_id)
    if who in seen:
        problems.append(RowProblem(line, f"{entry.user_id} stands in the file already for this authority."))
    report.problems.extend(problems)
    if not problems:
        seen.add(who)
        report.entries.append(entry)
        report.warnings.extend(RowProblem(line, text) for text in _doubts(entry, known))


def _problems(row: dict[str, str], known: Known) -> Iterator[str]:
    yield from (f"{column} is empty." for column in ("user_id", "name") if not row[column])
    yield from _authority_problems(row["authority_kind"], row["organization_id"], known)
    yield from _person_problems(row, known)
    if row["time_zone"] and row["time_zone"] not in known.time_zones:
        yield f"time_zone {row['time_zone']!r} is not the name of a time zone, such as America/Chicago."


def _person_problems(row: dict[str, str], known: Known) -> Iterator[str]:
    if row["user_id"] and not _USER_ID.fullmatch(row["user_id"]):
        yield "user_id is not one: 255 letters, digits and signs of ASCII at most."
    if problem := known.name_problem(row["name"]):
        yield f"name: {problem}"
    if not _ADDRESS.fullmatch(row["email"]) or len(row["email"]) > LONGEST_ADDRESS:
        yield f"email {row['email'][:LONGEST_ADDRESS]!r} is not an email address."
    if not _PHONE.fullmatch(row["phone"]):
        yield "phone is not a phone number: 40 digits and signs at most."


def _authority_problems(kind: str, organization: str, known: Known) -> Iterator[str]:
    if kind in NATIONAL:
        if organization not in ("", kind):
            yield f"organization_id must be {kind} or empty for the authority {kind}."
    elif kind not in known.kinds:
        choices = ", ".join(sorted({*known.kinds, *NATIONAL}))
        yield f"authority_kind {kind!r} is not one of {choices}."
    elif problem := known.id_problem(kind, organization):
        yield f"organization_id: {problem}"
    elif kind in known.complete and OrganizationId(kind=kind, id=organization) not in known.organizations:
        yield f"organization_id {organization!r} is no {kind} of the catalog."


def _doubts(entry: OfficialEntry, known: Known) -> Iterator[str]:
    if entry.authority_kind in NATIONAL:
        return
    if OrganizationId(kind=entry.authority_kind, id=entry.organization_id) not in known.organizations:
        who = f"{entry.authority_kind} {entry.organization_id}"
        yield f"{who}: no request has named this organization yet; check the id."


def _entry(row: dict[str, str]) -> OfficialEntry:
    kind = row["authority_kind"]
    return OfficialEntry(
        authority_kind=kind,
        organization_id=kind if kind in NATIONAL else row["organization_id"],
        user_id=row["user_id"],
        name=row["name"],
        email=row["email"],
        phone=row["phone"] or None,
        time_zone=row["time_zone"] or None,
    )
