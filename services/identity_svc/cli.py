"""Operator commands: accounts and signing keys."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.command_line import EXISTING_FILE, opened, read_text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from identity_svc.settings import Settings
    from identity_svc.use_cases.import_accounts import RowReport


@contextmanager
def _transaction() -> Iterator[tuple[Session, Settings]]:
    from identity_svc.settings import Settings

    with opened(Settings) as (database, settings), database.transaction() as session:
        yield session, settings


@click.group()
def accounts() -> None:
    """Accounts of the sign-in service."""


@accounts.command("import")
@click.argument("file", type=EXISTING_FILE)
@click.option("--password-file", type=EXISTING_FILE, required=True, help="The initial password of new accounts.")
def import_command(file: Path, password_file: Path) -> None:
    """Create or update the accounts of FILE: CSV with user_id,name,email,phone,groups[,zone]; groups by semicolon."""
    from identity_svc.use_cases.import_accounts import Result, import_accounts
    from shared.clock import utc_now

    rows, password = _rows(file), password_file.read_text().strip()
    with _transaction() as (session, _):
        reports = import_accounts(session, rows, password, utc_now())
    for report in reports:
        click.echo(_line(report))
    counts = {result: sum(report.result == result for report in reports) for result in Result}
    click.echo(", ".join(f"{count} {result}" for result, count in counts.items()))
    if counts[Result.REFUSED]:
        raise SystemExit(1)


def _rows(file: Path) -> list[dict[str, str | None]]:
    reader = csv.DictReader(io.StringIO(read_text(file), newline=""))
    try:
        return list(_good_rows(reader, file))
    except csv.Error as error:
        raise click.ClickException(f"{file}: line {reader.line_num} is not valid CSV: {error}.") from error


def _good_rows(reader: csv.DictReader[str], file: Path) -> Iterator[dict[str, str | None]]:
    from identity_svc.use_cases.import_accounts import COLUMNS

    missing = set(COLUMNS) - set(reader.fieldnames or ())
    if missing:
        raise click.ClickException(f"{file}: no column {', '.join(sorted(missing))}")
    for row in reader:
        # DictReader keeps what the header has no name for under None.
        if None in row:
            raise click.ClickException(f"{file}: line {reader.line_num} has more values than the header names.")
        yield row


def _line(report: RowReport) -> str:
    from shared.texts import one_line

    reasons = f": {' '.join(report.reasons)}" if report.reasons else ""
    return one_line(f"line {report.line}: {report.user_id or '(no user ID)'} {report.result}{reasons}")


@accounts.command("list")
def list_command() -> None:
    """List the accounts: user ID, state, groups."""
    from identity_svc import queries
    from shared.clock import utc_now

    with _transaction() as (session, _):
        for account in queries.all_accounts(session):
            click.echo("\t".join((account.user_id, account.state(utc_now()), ";".join(account.groups))))


@accounts.command("unlock")
@click.argument("user_id")
def unlock_command(user_id: str) -> None:
    """End the lock of USER_ID."""
    from identity_svc.use_cases.unlock_account import UnknownAccountError, unlock_account
    from shared.clock import utc_now

    try:
        with _transaction() as (session, _):
            unlock_account(session, user_id, utc_now())
    except UnknownAccountError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{user_id}: unlocked")


@accounts.command("close")
@click.argument("user_id")
def close_command(user_id: str) -> None:
    """Close the account of USER_ID for good: sign-in is refused, their roles end, they are no official any more."""
    from identity_svc.use_cases.close_account import close_account
    from identity_svc.use_cases.unlock_account import UnknownAccountError
    from shared.clock import utc_now

    try:
        with _transaction() as (session, _):
            close_account(session, user_id, utc_now())
    except UnknownAccountError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{user_id}: closed")


@accounts.command("set-password")
@click.argument("user_id")
def set_password_command(user_id: str) -> None:
    """Ask for a new password of USER_ID; unlocks the account and ends its sign-in."""
    from identity_svc.use_cases.set_password import BadPasswordError, set_password
    from identity_svc.use_cases.unlock_account import UnknownAccountError
    from shared.clock import utc_now

    # Never an option: a command line can be read by others on the machine.
    password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    try:
        with _transaction() as (session, _):
            set_password(session, user_id, password, utc_now())
    except (UnknownAccountError, BadPasswordError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{user_id}: password set")


@click.group()
def keys() -> None:
    """Keys that sign id tokens."""


@keys.command("rotate")
def rotate_command() -> None:
    """Sign with the next key from now on; the old one stays published until its tokens have ended."""
    from identity_svc.sealing import Sealer
    from identity_svc.use_cases.rotate_keys import rotate_keys
    from shared.clock import utc_now

    with _transaction() as (session, settings):
        kid = rotate_keys(session, Sealer(settings.secret_keys), utc_now())
    click.echo(f"signing with {kid}")


COMMANDS = [accounts, keys]
