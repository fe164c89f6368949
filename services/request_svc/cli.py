"""Operator commands of request_svc. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from shared.command_line import EXISTING_FILE, opened, read_text, refuse_file

if TYPE_CHECKING:
    from shared.catalog import Organization
    from shared.catalog.organizations import RowProblem
    from shared.db import Database

KINDS = click.Choice(["state", "contract-organization", "mac", "ado", "provider"])


@click.group()
def organizations() -> None:
    """Organizations that STEP 3 offers: states, contract organizations, MACs, ADO contractors, providers."""


@organizations.command("import")
@click.argument("kind", type=KINDS)
@click.argument("file", type=EXISTING_FILE)
def import_command(kind: str, file: Path) -> None:
    """Import FILE, a CSV with organizations of one KIND. With any problem in it, nothing is written."""
    from shared.catalog.organizations import parse

    report = parse(kind, read_text(file))  # type: ignore[arg-type]  # click admits these kinds only
    if report.problems:
        refuse_file(_sentence(problem) for problem in report.problems)
    _import(report.rows)


@organizations.command("load")
@click.option("--demonstration", is_flag=True, help="Also the made-up contractors and providers.")
def load_command(demonstration: bool) -> None:
    """Import the organizations that come with the catalog: states, territories and contract organizations."""
    from shared import catalog

    _import([each for each in catalog.load().organizations if demonstration or not each.demonstration])


@organizations.command("list")
def list_command() -> None:
    """Print how many organizations of each kind there are."""
    from request_svc import queries

    with _opened() as database, database.reading() as session:
        counts = queries.count_organizations(session)
    for kind in KINDS.choices:
        click.echo(f"{counts.get(str(kind), 0):>6} {kind}")


@click.group()
def requests() -> None:
    """Role requests."""


@requests.command("show")
@click.argument("request_id", metavar="ID", type=click.UUID)
def show_command(request_id: UUID) -> None:
    """Print a request: its state, its parts and what happened to it. Names nobody but by user id."""
    from request_svc import queries
    from request_svc.domain.refusals import RequestMissingError

    try:
        with _opened() as database, database.reading() as session:
            request = queries.request_of(session, request_id)
    except RequestMissingError as error:
        raise click.ClickException(f"There is no request {request_id}.") from error
    click.echo(f"{request.role_name} for {request.user_id}: {request.state.value}")
    click.echo(f"submitted {request.submitted_at:%Y-%m-%d %H:%M:%S} UTC, correlation id {request.correlation_id}")
    for part in request.parts:
        click.echo(f"  {part.scope}: {part.state.value}, asked: {len(part.officials)}")
    for event in request.events:
        where = f" ({event.organization})" if event.organization else ""
        click.echo(f"  {event.at:%Y-%m-%d %H:%M:%S} {event.kind}{where}")


@click.group()
def grants() -> None:
    """Roles that people have."""


@grants.command("remove")
@click.argument("grant_id", metavar="GRANT", type=click.UUID)
@click.option("--reason", required=True, help="Shown to the person on My Profile.")
def remove_command(grant_id: UUID, reason: str) -> None:
    """End a role that was granted."""
    from request_svc.domain.refusals import GrantMissingError
    from request_svc.use_cases.remove_grant import remove_grant
    from shared.clock import utc_now

    try:
        with _opened() as database, database.transaction() as session:
            grant = remove_grant(session, grant_id, reason, utc_now())
    except GrantMissingError as error:
        raise click.ClickException(f"Nobody has a role with the grant id {grant_id}.") from error
    click.echo(f"{grant.title} of {grant.user_id} has ended.")


COMMANDS = [organizations, requests, grants]


@contextmanager
def _opened() -> Iterator[Database]:
    from request_svc.settings import Settings

    with opened(Settings) as (database, _):
        yield database


def _import(wanted: Sequence[Organization]) -> None:
    from request_svc.use_cases.import_organizations import import_organizations
    from shared.clock import utc_now

    with _opened() as database, database.transaction() as session:
        imported = import_organizations(session, wanted, utc_now())
    click.echo(imported)


def _sentence(problem: RowProblem) -> str:
    column = f", {problem.column}" if problem.column else ""
    return f"line {problem.line}{column}: {problem.text}"
