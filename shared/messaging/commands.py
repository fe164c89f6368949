"""`countersign dead-letters`: what the pages for operations do, over all services at once and for scripts.

Exit codes: 0 done; 1 something was not found or was refused, or the person said no; 2 wrong use of the command line.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from shared.command_line import new_console, opened_databases, read_text, table_of
from shared.messaging.printing import HEADINGS, Found, print_letter, row_of, summary
from shared.messaging.states import Kind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.messaging.dead_letters import Answer
    from shared.messaging.letters import Filter, Letter

    Deed = Callable[[Session, Sequence[UUID]], list[Answer]]

KINDS = click.Choice([kind.value for kind in Kind])
SERVICE = click.option("--service", "services", multiple=True, help="Only this service; may be given again.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
BY = click.option(
    "--by", default=getpass.getuser, help="Who does it, for the history; else the account that runs this."
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")
IDS = click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID]...")
ALL = click.option("--all", "every", is_flag=True, help="All, or all that the filters leave.")


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the filters to a command."""
    for option in (
        click.option("--type", "of_type", help="Only messages of this type."),
        click.option("--kind", type=KINDS, help="Only those that failed in this way."),
        click.option(
            "--correlation", type=click.UUID, metavar="ID", help="Only those that one role request set going."
        ),
        click.option("--older-than", type=click.FloatRange(0, 24 * 365), metavar="HOURS", help="Only those that old."),
    ):
        command = option(command)
    return command


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that could not be taken: find, repair, replay or close them.

    Works on every service whose database is in the environment. Exit code 1: something was not found or refused.
    """


@dead_letters.command("list")
@filtered
@SERVICE
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="For each service.")
@JSON
def list_command(services: tuple[str, ...], limit: int, as_json: bool, **filters: Any) -> None:
    """List dead letters, the newest first."""
    from shared.messaging import letters

    found = []
    for name, database in opened_databases(services):
        with database.reading() as session:
            found += [Found(name, each) for each in letters.find_dead(session, _filter(**filters), limit)]
    if as_json:
        click.echo(json.dumps([summary(each) for each in found], indent=2))
    elif found:
        new_console().print(table_of(HEADINGS, map(row_of, found)))
    else:
        click.echo("There are none.")


@dead_letters.command("show")
@click.argument("message_id", type=click.UUID, metavar="ID")
@SERVICE
@JSON
def show_command(message_id: UUID, services: tuple[str, ...], as_json: bool) -> None:
    """Show one message: what it says, its error and history, and who waits behind it."""
    from shared.messaging import letters

    with ExitStack() as opened:
        name, session, letter = _only(opened, services, message_id)
        shown = summary(Found(name, letter)) | {
            "envelope": letter.envelope,
            "history": [asdict(line) for line in letters.history_of(session, message_id)],
            "waiting_behind": [str(each.message_id) for each in letters.waiting_behind(session, letter)],
        }
    if as_json:
        click.echo(json.dumps(shown, indent=2, default=str))
    else:
        print_letter(shown)


@dead_letters.command("repair")
@click.argument("message_id", type=click.UUID, metavar="ID")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Else standard input.")
@SERVICE
@BY
def repair_command(message_id: UUID, file: Path | None, services: tuple[str, ...], by: str) -> None:
    """Replace a message's data by a JSON object, or what is no message by an envelope. Sends nothing."""
    from shared.clock import utc_now
    from shared.messaging import dead_letters as deeds

    text = read_text(file) if file else sys.stdin.read()
    with ExitStack() as opened:
        name, _, _ = _only(opened, services, message_id)
    for _, database in opened_databases((name,)):
        try:
            with database.transaction() as session:
                typed = deeds.read_typed(text)
                repaired = deeds.repair(session, message_id, typed, by=by, now=utc_now())
        except deeds.UnusableDataError as unusable:
            raise click.ClickException("\n".join(["Nothing was changed.", *unusable.problems])) from unusable
        except deeds.RefusedError as refused:
            raise click.ClickException(f"Nothing was changed. {refused}") from refused
        click.echo(f"{repaired}: repaired. Send it on its way with: countersign dead-letters replay {repaired}")


@dead_letters.command("replay")
@IDS
@ALL
@filtered
@SERVICE
@BY
@YES
@JSON
def replay_command(by: str, **chosen: Any) -> None:
    """Send messages on their way again, with all their tries. A second time does nothing."""
    from shared.clock import utc_now
    from shared.messaging import dead_letters as deeds

    _do("replay", lambda session, ids: deeds.replay(session, ids, by=by, now=utc_now()), **chosen)


@dead_letters.command("close")
@IDS
@ALL
@filtered
@SERVICE
@click.option("--reason", required=True, help="Why they may be given up; kept for good.")
@BY
@YES
@JSON
def close_command(by: str, reason: str, **chosen: Any) -> None:
    """Give messages up for good; what waits behind them goes on."""
    from shared.clock import utc_now
    from shared.messaging import dead_letters as deeds

    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    _do("close", lambda session, ids: deeds.close(session, ids, reason, by=by, now=utc_now()), **chosen)


def _do(
    what: str,
    deed: Deed,
    *,
    ids: tuple[UUID, ...],
    every: bool,
    services: tuple[str, ...],
    yes: bool,
    as_json: bool,
    **filters: Any,
) -> None:
    if every == bool(ids) or (ids and any(filters.values())):
        raise click.UsageError("Name the messages by their ids, or give --all, with filters if you like.")
    chosen = _chosen(services, ids, _filter(**filters))
    number = sum(len(each) for _, each in chosen)
    if every and number and not yes:
        click.confirm(f"{what.capitalize()} {number} messages?", abort=True, err=True)
    answers = [(name, answer) for name, answer in _each(chosen, deed, number)]
    missing = set(ids) - {answer.message_id for _, answer in answers}
    _tell(what, answers, missing, as_json)


def _chosen(services: tuple[str, ...], ids: tuple[UUID, ...], wanted: Filter) -> list[tuple[str, list[UUID]]]:
    """Returns for each service the ids that it has."""
    from shared.messaging import letters

    chosen = []
    for name, database in opened_databases(services):
        with database.reading() as session:
            has = letters.find_many(session, ids) if ids else []
            chosen.append((name, [each.message_id for each in has] if ids else letters.ids_of_dead(session, wanted)))
    return chosen


def _each(chosen: list[tuple[str, list[UUID]]], deed: Deed, number: int) -> Iterator[tuple[str, Answer]]:
    """Yields what became of each, a transaction for each fifty; a bar shows how far it is, on a terminal."""
    from rich.progress import Progress

    from shared.messaging.dead_letters import MOST_AT_ONCE

    hidden = number <= MOST_AT_ONCE or not sys.stderr.isatty()
    with Progress(console=new_console(stderr=True), disable=hidden) as progress:
        task = progress.add_task("Messages", total=number)
        for name, ids in chosen:
            for _, database in opened_databases((name,)) if ids else ():
                for start in range(0, len(ids), MOST_AT_ONCE):
                    with database.transaction() as session:
                        answers = deed(session, ids[start : start + MOST_AT_ONCE])
                    progress.advance(task, len(answers))
                    yield from ((name, each) for each in answers)


def _tell(what: str, answers: Sequence[tuple[str, Answer]], missing: set[UUID], as_json: bool) -> None:
    from shared.messaging.dead_letters import MISSING

    refused = [(name, each.message_id, each.refusal) for name, each in answers if each.refusal]
    refused += [("", each, MISSING) for each in sorted(missing)]
    done = [each.message_id for _, each in answers if not each.refusal]
    if as_json:
        rows = [{"service": name, "message_id": str(each), "refusal": why} for name, each, why in refused]
        click.echo(json.dumps({"done": [str(each) for each in done], "refused": rows}, indent=2))
    else:
        for name, message_id, why in refused:
            click.echo(f"{message_id}{f' ({name})' if name else ''}: {why}", err=True)
        click.echo(f"{what}: {len(done)} done, {len(refused)} refused")
    if refused:
        raise SystemExit(1)


def _only(opened: ExitStack, services: tuple[str, ...], message_id: UUID) -> tuple[str, Session, Letter]:
    """Returns the first service that has the message, its session, and the message; a dead one goes before others."""
    from shared.messaging import letters

    found = []
    for name, database in opened_databases(services):
        session = opened.enter_context(database.reading())
        if letter := letters.find(session, message_id):
            found.append((name, session, letter))
    if not found:
        raise click.ClickException(f"There is no message {message_id}, or it was forgotten.")
    return min(found, key=lambda each: each[2].state != "dead")


def _filter(of_type: str | None, kind: str | None, correlation: UUID | None, older_than: float | None) -> Filter:
    from shared.clock import utc_now
    from shared.messaging.letters import Filter

    until = utc_now() - timedelta(hours=older_than) if older_than else None
    return Filter(type=of_type, kind=Kind(kind) if kind else None, correlation_id=correlation, received_until=until)
