"""Operator commands about time: `countersign deadlines` and `countersign closing-days`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from approval_svc.move_command import move
from shared.command_line import EXISTING_FILE, new_console, opened, read_text, refuse_file, table_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from approval_svc.domain.closing_day_rows import Report
    from approval_svc.domain.official_rows import RowProblem
    from approval_svc.domain.simulation import Follows
    from approval_svc.use_cases.simulate_deadlines import Simulation

ON_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def deadlines() -> None:
    """Reminders, escalation and expiry."""


deadlines.add_command(move)


@deadlines.command("simulate")
@click.option("--role", required=True, help="Id or name of the role.")
@click.option("--organization", help="Id or name of the organization, such as AL; none for a national role.")
@click.option("--from", "start", required=True, help="When officials are asked: 2026-11-23 or 2026-11-23T16:30.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def simulate_command(role: str, organization: str | None, start: str, as_json: bool) -> None:
    """Print each date and mail that would follow if nobody answered a request. Changes nothing."""
    from approval_svc.settings import Settings
    from approval_svc.use_cases.simulate_deadlines import UnusableQuestionError, simulate_deadlines

    try:
        with opened(Settings) as (database, _), database.reading() as session:
            found = simulate_deadlines(session, role, organization, start)
    except UnusableQuestionError as error:
        raise click.BadParameter(f"{error.sentence}.", param_hint=f"--{error.field}") from error
    if as_json:
        _print_json(found)
    else:
        _print(found)


@click.group("closing-days")
def closing_days() -> None:
    """The days on which organizations are closed: they do not count for deadlines."""


@closing_days.command("import")
@click.argument("file", type=EXISTING_FILE)
def import_command(file: Path) -> None:
    """Add and rename closing days from FILE; nothing is written when a row has a problem.

    FILE is a CSV with organization_kind,organization_id,day,name; day is a date such as 2026-12-24. Open approvals keep
    their dates until `countersign deadlines move`.
    """
    from approval_svc.settings import Settings
    from approval_svc.use_cases.import_closing_days import import_closing_days
    from shared.clock import utc_now

    text = read_text(file)
    with opened(Settings) as (database, _), database.transaction() as session:
        report = _judged(session, text)
        imported = import_closing_days(session, report.entries, utc_now())
    click.echo(imported)


@closing_days.command("list")
def list_command() -> None:
    """List the closing days by organization."""
    from approval_svc import calendar_queries
    from approval_svc.settings import Settings

    with opened(Settings) as (database, _), database.reading() as session:
        found = calendar_queries.all_closing_days(session)
    rows = [(f"{row.organization_kind} {row.organization_id}", f"{row.day:%a} {row.day}", row.name) for row in found]
    new_console().print(table_of(("Organization", "Day", "Name"), rows))


@closing_days.command("remove")
@click.argument("organization_kind")
@click.argument("organization_id")
@click.argument("day", type=ON_DAY)
def remove_command(organization_kind: str, organization_id: str, day: datetime) -> None:
    """Let DAY, such as 2026-12-24, count again for an organization."""
    from approval_svc.domain.routing import OrganizationId
    from approval_svc.settings import Settings
    from approval_svc.use_cases.import_closing_days import NoSuchClosingDayError, remove_closing_day
    from shared.clock import utc_now

    organization = OrganizationId(kind=organization_kind, id=organization_id)
    try:
        with opened(Settings) as (database, _), database.transaction() as session:
            name = remove_closing_day(session, organization, day.date(), utc_now())
    except NoSuchClosingDayError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{day.date()} ({name}) counts again for {organization_kind} {organization_id}.")


def _judged(session: Session, text: str) -> Report:
    """Returns the report of a file that can be taken, its warnings printed; refuses the file otherwise."""
    from approval_svc.domain import closing_day_rows
    from approval_svc.known import known_to

    report = closing_day_rows.read(text, known_to(session))
    if report.problems:
        refuse_file(_lines(report.problems))
    for warning in _lines(report.warnings):
        click.echo(f"warning: {warning}", err=True)
    return report


def _lines(problems: Iterable[RowProblem]) -> Iterator[str]:
    return (f"line {problem.line}: {problem.text}" for problem in problems)


def _print_json(found: Simulation) -> None:
    import json

    click.echo(json.dumps(_as_data(found), indent=2))


def _as_data(found: Simulation) -> dict[str, Any]:
    place = found.organization

    def at(instant: datetime) -> str:
        return instant.astimezone(found.zone).isoformat()

    return {
        "role": found.role,
        "organization": {"kind": place.kind, "id": place.id, "name": place.name} if place else None,
        "time_zone": found.zone.key,
        "asked": found.asked,
        "asked_at": at(found.asked_at),
        "counts_from": at(found.counts_from),
        "dates": [
            {
                "kind": each.kind.value,
                "step": each.step,
                "business_days": each.days,
                "due_at": at(each.due_at),
                "mail": each.mail,
                "to": list(each.to),
                "moved_from": at(each.moved_from) if each.moved_from else None,
                "is_overtaken": each.is_overtaken,
            }
            for each in found.course.follows
        ],
        "skipped": [{"day": each.day.isoformat(), "why": each.why} for each in found.course.skipped],
    }


def _print(found: Simulation) -> None:
    from rich.text import Text

    from shared.clock import format_instant

    console = new_console()
    where = f" for {found.organization.name}" if found.organization else ""
    console.print(Text(f"{found.role}{where}, time zone {found.zone.key}"))
    console.print(Text(f"Asked: {found.asked or 'nobody; the clock starts when an official is named'}"))
    console.print(Text(f"At {format_instant(found.asked_at, found.zone)}"))
    if found.counts_from != found.asked_at:
        console.print(Text(f"Counted from {format_instant(found.counts_from, found.zone)}, the next business day"))
    rows = [_row(each, found.zone) for each in found.course.follows]
    console.print(table_of(("Business days", "When", "What follows", "Mail to"), rows))
    skipped = [(f"{each.day:%a %m/%d/%Y}", each.why) for each in found.course.skipped]
    console.print(table_of(("Does not count", "Why"), skipped))


def _row(each: Follows, zone: ZoneInfo) -> tuple[str, ...]:
    from shared.clock import format_instant

    at = format_instant(each.due_at, zone)
    if each.moved_from:
        at += f"\nmoved into mail hours from {format_instant(each.moved_from, zone)}"
    return str(each.days), at, each.what, "\n".join(each.to) or "no mail"


COMMANDS = [deadlines, closing_days]
