"""Operator commands: `countersign explain` and `countersign officials`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from rich.table import Table

    from approval_svc.domain.official_rows import Known, RowProblem
    from approval_svc.explanation import ApprovalLines, Explanation
    from approval_svc.settings import Settings
    from shared.db import Database


@click.command()
@click.argument("request_id", metavar="REQUEST", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
def explain(request_id: UUID, as_json: bool) -> None:
    """Say who could decide REQUEST and why, and who was passed over and why."""
    from approval_svc import explanation

    with _database().reading() as session:
        found = explanation.explain(session, request_id)
    if found is None:
        raise click.ClickException(f"There is no request {request_id}.")
    if as_json:
        _print_json(found)
    else:
        _print_explanation(found)


@click.group()
def officials() -> None:
    """The directory of Security Officials."""


@officials.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """Add and change officials from the CSV FILE; nothing is written when a row has a problem."""
    from approval_svc.domain import official_rows
    from approval_svc.use_cases.import_officials import import_officials
    from shared.clock import utc_now

    try:
        report = official_rows.read(file.read_text(encoding="utf-8"), _known())
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not a text file in UTF-8.") from error
    if report.problems:
        _print_problems(report.problems)
        raise SystemExit(1)
    with _database().transaction() as session:
        done = import_officials(session, report.entries, _settings().link_lifetime, utc_now())
    click.echo(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged.")


@officials.command("list")
@click.option("--all", "with_removed", is_flag=True, help="List removed officials too.")
def list_command(with_removed: bool) -> None:
    """List the officials by authority."""
    from rich.console import Console

    from approval_svc import queries

    table = _table("Authority", "User ID", "Name", "Email", "Standing")
    with _database().reading() as session:
        for row in queries.all_officials(session):
            if row.active or with_removed:
                standing = "removed" if not row.active else "active" if row.reachable else "mail is refused"
                _add(table, f"{row.authority_kind} {row.authority_id}", row.user_id, row.name, row.email, standing)
    Console().print(table)


@officials.command("remove")
@click.argument("authority_kind")
@click.argument("organization_id")
@click.argument("user_id")
def remove_command(authority_kind: str, organization_id: str, user_id: str) -> None:
    """Take USER_ID out of an authority's officials; what waits for them goes to the next."""
    from approval_svc.domain.routing import AuthorityId
    from approval_svc.use_cases.remove_official import NoSuchOfficialError, remove_official
    from shared.clock import utc_now

    authority = AuthorityId(kind=authority_kind, id=organization_id)
    try:
        with _database().transaction() as session:
            official = remove_official(session, authority, user_id, _settings().link_lifetime, utc_now())
    except NoSuchOfficialError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{official.name} is no Security Official of {authority_kind} {organization_id} any more.")


COMMANDS = [explain, officials]


def _settings() -> Settings:
    import os

    from approval_svc.settings import Settings
    from shared import settings

    return settings.load(Settings, os.environ)


def _database() -> Database:
    from shared.db import Database

    return Database(_settings().database_url)


def _known() -> Known:
    from zoneinfo import available_timezones

    from approval_svc.domain import official_rows
    from approval_svc.reference import the_catalog

    organizations: dict[str, set[str]] = {kind.id: set() for kind in the_catalog().organization_kinds}
    for each in the_catalog().organizations:
        organizations[each.kind].add(each.id)
    return official_rows.Known(organizations=organizations, time_zones=available_timezones())


def _print_problems(problems: list[RowProblem]) -> None:
    from rich.console import Console

    table = _table("Line", "What is wrong")
    for problem in problems:
        _add(table, str(problem.line), problem.text)
    Console().print(table)
    click.echo("Nothing was written.", err=True)


def _print_json(found: Explanation) -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps(asdict(found), indent=2, default=str))


def _print_explanation(found: Explanation) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(f"{found.requester} ({found.requester_user_id}) asks for {found.role_name}"))
    for approval in found.approvals:
        asked = f", asked: {', '.join(approval.asked)}" if approval.asked else ""
        console.print(Text(f"\n{approval.organization}: {approval.state}{asked}"))
        console.print(_explanation_table(approval))


def _explanation_table(approval: ApprovalLines) -> Table:
    table = _table("Authority", "Official", "User ID", "Why")
    for authority in approval.authorities:
        _add(table, ("→ " if authority.decides else "  ") + authority.name, "", "", authority.because)
        for official in authority.officials:
            _add(table, "", official.name, official.user_id, official.verdict)
    return table


def _add(table: Table, *words: str) -> None:
    from rich.text import Text

    # Text, not str: brackets in a name would be read as rich's markup.
    table.add_row(*(Text(each) for each in words))


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
