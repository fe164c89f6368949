"""Operator commands of request_svc. What a command needs is imported when it runs, so that `--help` is quick."""

import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from shared.catalog.organizations import ImportReport
    from shared.db import Database

KINDS = click.Choice(["state", "contract-organization", "mac", "ado", "provider"])


def _database() -> "Database":
    from request_svc.settings import Settings
    from shared import settings
    from shared.db import Database

    return Database(settings.load(Settings, os.environ).database_url)


@click.group()
def organizations() -> None:
    """Organizations that STEP 3 offers: states, contract organizations, MACs, ADO contractors, providers."""


@organizations.command("import")
@click.argument("kind", type=KINDS)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(kind: str, file: Path) -> None:
    """Import FILE, a CSV with organizations of one KIND. With any problem in it, nothing is written."""
    from shared.catalog.organizations import parse

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 text: {error.reason}") from error
    report = parse(kind, text)  # type: ignore[arg-type]  # click admits these kinds only
    if report.problems:
        _print_problems(report)
        raise SystemExit(1)
    _import(report)


@organizations.command("load")
@click.option("--demonstration", is_flag=True, help="Also the made-up contractors and providers.")
def load_catalog(demonstration: bool) -> None:
    """Import the organizations that come with the catalog: states, territories and contract organizations."""
    from request_svc.use_cases.import_organizations import import_organizations
    from shared import catalog
    from shared.clock import utc_now

    wanted = [each for each in catalog.load().organizations if demonstration or not each.demonstration]
    with _database().transaction() as session:
        result = import_organizations(session, wanted, utc_now())
    click.echo(f"{result.added} added, {result.changed} changed, {result.unchanged} as they were")


def _import(report: "ImportReport") -> None:
    from request_svc.use_cases.import_organizations import import_organizations
    from shared.clock import utc_now

    with _database().transaction() as session:
        result = import_organizations(session, report.rows, utc_now())
    click.echo(f"{report.kind}: {result.added} added, {result.changed} changed, {result.unchanged} as they were")


def _print_problems(report: "ImportReport") -> None:
    for problem in report.problems:
        column = f", {problem.column}" if problem.column else ""
        click.echo(f"line {problem.line}{column}: {problem.text}", err=True)
    click.echo("Nothing was written.", err=True)


@organizations.command("list")
def list_organizations() -> None:
    """Print how many organizations of each kind there are."""
    from request_svc import queries

    with _database().reading() as session:
        counts = queries.count_organizations(session)
    for kind in KINDS.choices:
        click.echo(f"{counts.get(str(kind), 0):>6} {kind}")


@click.group()
def requests() -> None:
    """Role requests."""


@requests.command("show")
@click.argument("request_id", metavar="ID", type=click.UUID)
def show_request(request_id: UUID) -> None:
    """Print a request: its state, its parts and what happened to it. Names nobody but by user id."""
    from request_svc import queries
    from request_svc.domain.refusals import RequestMissingError

    try:
        with _database().reading() as session:
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
def remove(grant_id: UUID, reason: str) -> None:
    """End a role that was granted."""
    from request_svc.domain.refusals import GrantMissingError
    from request_svc.use_cases.remove_grant import remove_grant
    from shared.clock import utc_now

    try:
        with _database().transaction() as session:
            grant = remove_grant(session, grant_id, reason, utc_now())
    except GrantMissingError as error:
        raise click.ClickException(f"Nobody has a role with the grant id {grant_id}.") from error
    click.echo(f"{grant.title} of {grant.user_id} has ended.")


COMMANDS: list[click.Command] = [organizations, requests, grants]
