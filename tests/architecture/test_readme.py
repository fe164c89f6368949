"""What README.md tells an operator to type exists, and its CSV headers are those that the imports ask for."""

import re

import click
import pytest

from approval_svc.domain import closing_day_rows, official_rows
from identity_svc.use_cases import import_accounts
from shared.catalog import organizations
from shared.cli import main
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
COMMANDS = sorted(
    {" ".join(found.split()) for found in re.findall(r"`countersign\s((?:[a-z][a-z-]*\s)?[a-z][a-z-]*)", README)}
    | set(re.findall(r'make cli ARGS="((?:[a-z][a-z-]* )?[a-z][a-z-]*)', README))
)
HEADERS = [*organizations.COLUMNS.values(), official_rows.COLUMNS, closing_day_rows.COLUMNS, import_accounts.COLUMNS]


def find(words: list[str]) -> click.Command | None:
    """The command that these words, or the first of them when it takes arguments, lead to."""
    found: click.Command | None = main
    for word in words:
        if not isinstance(found, click.Group):
            break
        found = found.get_command(click.Context(found), word)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    assert find(command.split())


def test_the_steps_of_a_deployment_are_among_them() -> None:
    assert {"migrate", "organizations load", "organizations import", "accounts import", "officials import"} <= {
        *COMMANDS
    }


@pytest.mark.parametrize("header", [",".join(columns) for columns in HEADERS])
def test_every_csv_header_is_told(header: str) -> None:
    assert f"`{header}`" in README
