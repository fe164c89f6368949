"""`countersign catalog`: what an operator asks of the catalog's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.command_line import new_console, table_of

if TYPE_CHECKING:
    from shared.catalog.catalog import Catalog
    from shared.catalog.problems import Problem


@click.group()
def catalog() -> None:
    """The catalog of categories, roles, organizations and routing rules."""


@catalog.command("check")
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Check the files in this directory instead of the installed ones.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check_command(directory: Path | None, as_json: bool) -> None:
    """Check the catalog's files, each by itself and against the others. Exit code 1 if anything is wrong."""
    loaded, problems = _load_and_check(directory)
    counts = _counts(loaded) if loaded else {}
    if as_json:
        click.echo(json.dumps({"ok": not problems, "counts": counts, "problems": _rows(problems)}, indent=2))
    elif problems:
        _print_problems(problems)
    else:
        click.echo("The catalog is sound.")
        for name, number in counts.items():
            click.echo(f"{number:>5} {name}")
    if problems:
        raise SystemExit(1)


def _load_and_check(directory: Path | None) -> tuple[Catalog | None, Sequence[Problem]]:
    # Imported here so that `countersign --help` does not pay for YAML and marshmallow.
    from shared.catalog.check import check
    from shared.catalog.loader import load
    from shared.catalog.problems import CatalogError

    try:
        loaded = load(directory)
    except CatalogError as error:
        return None, error.problems
    return loaded, check(loaded)


def _counts(loaded: Catalog) -> dict[str, int]:
    return {
        "categories": len(loaded.categories),
        "roles": len(loaded.roles),
        "privileges": len(loaded.privileges),
        "matrix tables": len(loaded.tables),
        "matrix rows": sum(len(table.rows) for table in loaded.tables),
        "disciplines": len(loaded.disciplines),
        "routing rules": len(loaded.rules),
        "deadline overrides": len(loaded.deadlines.overrides),
        **{kind.plural: len(loaded.organizations_of(kind.id)) for kind in loaded.organization_kinds},
    }


def _rows(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"file": problem.file, "key": problem.key, "text": problem.text} for problem in problems]


def _print_problems(problems: Sequence[Problem]) -> None:
    rows = [(problem.file, problem.key, problem.text) for problem in problems]
    title = f"{len(problems)} to put right in the catalog"
    new_console().print(table_of(("File", "Key", "What is wrong"), rows, title))
