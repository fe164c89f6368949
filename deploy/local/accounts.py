"""The demonstration accounts as people are told of them: who each is, and what it is for."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.demonstration import ACCOUNTS, OFFICIALS, ORGANIZATIONS, WALKS

SINGLE_AUTHORITIES = {"cms": "CMS", "help-desk": "iQIES Help Desk Production Control"}


@dataclass(frozen=True)
class Account:
    """One demonstration account; `may` says in plain words what it is for."""

    user_id: str
    name: str
    email: str
    may: str


def demonstration_accounts() -> list[Account]:
    """Returns the accounts in the order of their file."""
    purposes = {row["user_id"]: row["may"] for row in _rows(WALKS)} | _officials()
    return [Account(row["user_id"], row["name"], row["email"], purposes[row["user_id"]]) for row in _rows(ACCOUNTS)]


def _officials() -> dict[str, str]:
    names = SINGLE_AUTHORITIES | _organization_names()
    return {row["user_id"]: f"decides for {names[row['organization_id']]}" for row in _rows(OFFICIALS)}


def _organization_names() -> dict[str, str]:
    """Returns each organization's name by its id, which stands in the first column whatever that is called."""
    return {next(iter(row.values())): row["name"] for file in ORGANIZATIONS.values() for row in _rows(file)}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as opened:
        yield from csv.DictReader(opened)
