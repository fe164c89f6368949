"""What the operator commands of every service share: its database, the CSV files that they read, what they print.

Light to import, because `countersign --help` imports the commands of all services.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from shared.db import Database
    from shared.settings import ServiceSettings

    S = TypeVar("S", bound=ServiceSettings)

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PIPE_WIDTH = 120
LARGEST_FILE = 32 * 1024 * 1024
"""In bytes: half a million rows, several times all providers that there are."""


@contextmanager
def opened(settings: type[S]) -> Iterator[tuple[Database, S]]:
    """Yields the service's database and its settings, as the environment has them. Raises SettingsError.

    The audit names the operator who started the command for what is changed in the block.
    """
    from shared.audit.acting import acting, operator_at_work
    from shared.db import Database
    from shared.settings import load

    loaded = load(settings, os.environ)
    database = Database(loaded.database_url, pool_size=1)
    try:
        with acting(operator_at_work()):
            yield database, loaded
    finally:
        database.dispose()


def opened_databases(services: Sequence[str] = ()) -> Iterator[tuple[str, Database]]:
    """Yields each service's name with its database, one after the other: those named, or all in the environment.

    Raises:
        BadParameter: there is no service of that name.
        ClickException: none of them has a database in the environment.
        SettingsError: a variable of one that has is unusable.
    """
    from shared.service import UnknownServiceError, find_service, installed_services

    try:
        chosen = [find_service(name) for name in services] or list(installed_services())
    except UnknownServiceError as error:
        raise click.BadParameter(str(error), param_hint="--service") from error
    there = [each for each in chosen if _has_database(each.name)]
    if not there:
        raise click.ClickException("No service's database is in the environment: set one of *_DATABASE_URL.")
    for service in there:
        with opened(service.load(service.settings)) as (database, _):
            yield service.name, database


def _has_database(service: str) -> bool:
    name = f"{service.upper()}_DATABASE_URL"
    return name in os.environ or f"{name}_FILE" in os.environ


def read_text(file: Path) -> str:
    """Returns the text of a UTF-8 file, without the byte order mark that spreadsheet programs write."""
    if file.stat().st_size > LARGEST_FILE:
        raise click.ClickException(f"{file} is larger than {LARGEST_FILE // 1024**2} MB. Split it into several files.")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not a text file in UTF-8: {error.reason}.") from error


def refuse_file(problems: Iterable[str]) -> NoReturn:
    """Ends a command whose file is not taken, saying each thing that is wrong with it."""
    from shared.texts import one_line

    for problem in problems:
        # What the file holds is repeated: it must not write control sequences to a terminal.
        click.echo(one_line(problem), err=True)
    click.echo("Nothing was written.", err=True)
    raise SystemExit(1)


def new_console(*, highlight: bool = True, stderr: bool = False) -> Console:
    """Returns a console that is as wide as the terminal; in a file or a pipe wide enough for a line of a table."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(highlight=highlight, width=wide, stderr=stderr)


def table_of(headings: Iterable[str], rows: Iterable[Iterable[str]], title: str | None = None) -> Table:
    """Returns a table whose words are shown as they are."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text, not str: brackets in a name would be read as rich's markup.
        table.add_row(*(Text(words) for words in row))
    return table
