"""`countersign deadlines move`: open approvals follow a policy, or a calendar, that changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

import click

from shared.command_line import new_console, opened, table_of

if TYPE_CHECKING:
    from datetime import datetime

    from approval_svc.use_cases.move_deadlines import Batch, Moved
    from shared.db import Database


@click.command("move")
@click.option("--dry-run", is_flag=True, help="Print what would move, and change nothing.")
def move(dry_run: bool) -> None:
    """Set the deadlines of open approvals where policy and calendars have them now.

    What has happened stays. Approvals from before there were deadlines get theirs, counted from now.
    """
    from approval_svc.settings import Settings
    from shared.clock import utc_now

    moved, left = 0, 0
    with opened(Settings) as (database, _):
        for batch in _batches(database, utc_now(), dry_run=dry_run):
            _print(batch)
            moved, left = moved + len(batch.moved), left + len(batch.left)
    click.echo(f"{moved} open approval{'s'[: moved != 1]} {'would move' if dry_run else 'moved'}.")
    if left:
        stay = "request could not be planned anew and stays as it was"
        many = "requests could not be planned anew and stay as they were"
        raise click.ClickException(f"{left} {stay if left == 1 else many}")


def _print(batch: Batch) -> None:
    """Prints what a batch did as soon as it is done: what is told has happened, also when a later one breaks off."""
    for request_id in batch.left:
        click.echo(f"request {request_id} could not be planned anew", err=True)
    if batch.moved:
        rows = [row for each in batch.moved for row in _rows(each)]
        columns = ("Approval", "Requester", "User Role", "Organization", "Deadline", "Before", "After")
        new_console().print(table_of(columns, rows))


def _batches(database: Database, now: datetime, *, dry_run: bool) -> Iterator[Batch]:
    """Yields batch after batch, each in a transaction of its own: no official waits for more than one of them."""
    from approval_svc.use_cases.move_deadlines import move_deadlines, preview_moves

    last: UUID | None = None
    while True:
        if dry_run:
            with database.reading() as session:
                batch = preview_moves(session, last)
        else:
            with database.transaction() as session:
                batch = move_deadlines(session, last, now)
        if batch.last is None:
            return
        yield batch
        last = batch.last


def _rows(moved: Moved) -> Iterator[tuple[str, ...]]:
    about = (str(moved.approval_id), moved.requester, moved.role, moved.organization)
    if moved.begins:
        yield *about, "all", "none", "counted from now"
    for each in moved.moves:
        yield *about, f"{each.kind.value.replace('_', ' ')} {each.step}", _instant(each.before), _instant(each.after)


def _instant(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "none"
