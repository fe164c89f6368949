"""Operator commands: `countersign explain` and `countersign officials`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from approval_svc import absence_commands, deadline_commands, review_commands
from shared.command_line import EXISTING_FILE, new_console, opened, read_text, refuse_file, table_of

if TYPE_CHECKING:
    from approval_svc.domain.official_rows import RowProblem
    from approval_svc.settings import Settings
    from approval_svc.use_cases.explain_request import ApprovalLines, Explanation
    from shared.db import Database


@click.command()
@click.argument("request_id", metavar="REQUEST", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
def explain(request_id: UUID, as_json: bool) -> None:
    """Say who could decide REQUEST and why, and who was passed over and why."""
    from approval_svc.use_cases.explain_request import explain_request

    with _opened() as (database, _), database.reading() as session:
        found = explain_request(session, request_id)
    if found is None:
        raise click.ClickException(f"There is no request {request_id}.")
    if as_json:
        _print_json(found)
    else:
        _print_explanation(found)


@click.group()
def officials() -> None:
    """The directory of Security Officials."""


for _command in absence_commands.COMMANDS:
    officials.add_command(_command)


@officials.command("import")
@click.argument("file", type=EXISTING_FILE)
def import_command(file: Path) -> None:
    """Add and change officials from FILE; nothing is written when a row has a problem.

    FILE is a CSV with authority_kind,organization_id,user_id,name,email,phone,time_zone; user_id is what the sign-in
    provider calls the person (the claim `sub`). A row is warned of when no request has named its organization yet.
    """
    from approval_svc.domain import official_rows
    from approval_svc.known import known_to
    from approval_svc.use_cases.import_officials import import_officials
    from shared.clock import utc_now

    text = read_text(file)
    with _opened() as (database, settings), database.transaction() as session:
        report = official_rows.read(text, known_to(session))
        if report.problems:
            refuse_file(_lines(report.problems))
        imported = import_officials(session, report.entries, settings.link_lifetime, utc_now())
    for warning in _lines(report.warnings):
        click.echo(f"warning: {warning}", err=True)
    click.echo(imported)


@officials.command("list")
@click.option("--all", "with_removed", is_flag=True, help="List removed officials too.")
def list_command(with_removed: bool) -> None:
    """List the officials by authority."""
    from approval_svc import queries

    with _opened() as (database, _), database.reading() as session:
        found = [row for row in queries.all_officials(session) if row.active or with_removed]
    rows = [
        (f"{row.authority_kind} {row.authority_id}", row.user_id, row.name, row.email, row.standing) for row in found
    ]
    new_console().print(table_of(("Authority", "User ID", "Name", "Email", "Standing"), rows))


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
        with _opened() as (database, settings), database.transaction() as session:
            official = remove_official(session, authority, user_id, settings.link_lifetime, utc_now())
    except NoSuchOfficialError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{official.name} is no Security Official of {authority} any more.")


COMMANDS = [explain, officials, *deadline_commands.COMMANDS, *review_commands.COMMANDS]


def _opened() -> AbstractContextManager[tuple[Database, Settings]]:
    from approval_svc.settings import Settings

    return opened(Settings)


def _lines(problems: Iterable[RowProblem]) -> Iterator[str]:
    return (f"line {problem.line}: {problem.text}" for problem in problems)


def _print_json(found: Explanation) -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps(asdict(found), indent=2, default=str))


def _print_explanation(found: Explanation) -> None:
    from rich.text import Text

    console = new_console()
    console.print(Text(f"{found.requester} ({found.requester_user_id}) asks for {found.role_name}"))
    for approval in found.approvals:
        asked = f", asked: {', '.join(approval.asked)}" if approval.asked else ""
        console.print(Text(f"\n{approval.organization}: {approval.state}{asked}"))
        console.print(table_of(("Authority", "Official", "User ID", "Why"), _rows(approval)))


def _rows(approval: ApprovalLines) -> Iterator[tuple[str, ...]]:
    for authority in approval.authorities:
        yield ("→ " if authority.decides else "  ") + authority.name, "", "", authority.because
        for official in authority.officials:
            yield "", official.name, official.user_id, official.verdict
