"""`countersign audit`: whether the audit is whole, and all of it for other programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from shared.command_line import opened
from shared.service import Service, UnknownServiceError, find_service, installed_services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.audit.chain import Head
    from shared.audit.verifying import Verdict

MOST_FINDINGS = 50

Heads = dict[str, list["Head"]]


@click.group()
def audit() -> None:
    """Who changed what, when and from where."""


@audit.command("verify")
@click.argument("services", metavar="[SERVICE]...", nargs=-1)
@click.option("--head", "heads", multiple=True, metavar="[SERVICE=]SEQ:HASH", help="What an earlier verify printed.")
def verify_command(services: tuple[str, ...], heads: tuple[str, ...]) -> None:
    """Look for a gap or a change in the audit of SERVICES (all by default).

    Prints the last entry's number and hash. Keep them elsewhere: only --head proves later that nothing was cut off
    the end, nor the whole chain written anew. Ends with 1 when anything is wrong.
    """
    chosen = _chosen(services)
    known = _heads(heads, chosen)
    verdicts = {service.name: _verify(service, known.get(service.name, ())) for service in chosen}
    for name, verdict in verdicts.items():
        _print(name, verdict)
    if not all(verdict.is_whole for verdict in verdicts.values()):
        raise SystemExit(1)


@audit.command("export")
@click.argument("services", metavar="[SERVICE]...", nargs=-1)
@click.option("--since", help="Only what happened at this instant or later: 2026-11-23 or 2026-11-23T15:00:00Z.")
@click.option(
    "--after-seq",
    "numbers",
    multiple=True,
    metavar="[SERVICE=]N",
    help="Only what was written after entry N: what a later export adds to an earlier one. May be given again.",
)
@click.option("--request", "request_id", type=click.UUID, metavar="ID", help="Only what belongs to this role request.")
def export_command(
    services: tuple[str, ...], since: str | None, numbers: tuple[str, ...], request_id: UUID | None
) -> None:
    """Print the audit of SERVICES (all by default), one JSON object a line.

    --since looks at when something happened, which for what a message tells of may be before an earlier export. To
    export what is new, give the last `seq` that you have to --after-seq.
    """
    chosen, instant = _chosen(services), _instant(since)
    known = _numbers(numbers, chosen)
    correlations = _correlations(chosen, request_id) if request_id else None
    for service in chosen:
        with _reading(service) as session:
            for row in _wanted(session, instant, known.get(service.name, 0), correlations):
                click.echo(json.dumps(_line(service.name, row)))


def _chosen(names: Sequence[str]) -> list[Service]:
    try:
        return [find_service(name) for name in names] or list(installed_services())
    except UnknownServiceError as error:
        raise click.BadParameter(str(error)) from error


def _heads(given: Iterable[str], chosen: Sequence[Service]) -> Heads:
    from shared.audit.chain import Head

    heads: Heads = {}
    for one in given:
        name, printed = _named(one, chosen)
        seq, _, digest = printed.partition(":")
        if name not in {service.name for service in chosen} or not seq.isdecimal() or len(digest) != len(Head().hash):
            raise click.BadParameter(
                f"{one} is not SERVICE=SEQ:HASH of a service that is verified", param_hint="--head"
            )
        heads.setdefault(name, []).append(Head(int(seq), digest))
    return heads


def _numbers(given: Iterable[str], chosen: Sequence[Service]) -> dict[str, int]:
    numbers = {}
    for one in given:
        name, number = _named(one, chosen)
        if name not in {service.name for service in chosen} or not number.isdecimal():
            raise click.BadParameter(f"{one} is not SERVICE=N of a service that is exported", param_hint="--after-seq")
        numbers[name] = int(number)
    return numbers


def _named(given: str, chosen: Sequence[Service]) -> tuple[str, str]:
    """Returns a service's name and what was given for it; the name may be left out where there is only one."""
    name, _, value = given.rpartition("=")
    return name or (chosen[0].name if len(chosen) == 1 else ""), value


@contextmanager
def _reading(service: Service) -> Iterator[Session]:
    from shared.audit.reading import patiently

    with opened(service.load(service.settings)) as (database, _), patiently(database) as session:
        yield session


def _verify(service: Service, heads: Sequence[Head]) -> Verdict:
    from shared.audit.reading import last_number, rows
    from shared.audit.verifying import verify

    unseen = not sys.stderr.isatty()
    with (
        _reading(service) as session,
        click.progressbar(length=last_number(session), label=service.name, file=sys.stderr, hidden=unseen) as bar,
    ):
        return verify(rows(session), heads, lambda seq: bar.update(seq - bar.pos))


def _print(name: str, verdict: Verdict) -> None:
    for finding in verdict.findings[:MOST_FINDINGS]:
        click.echo(f"{name}: {finding.sentence}")
    if len(verdict.findings) > MOST_FINDINGS:
        click.echo(f"{name}: and {len(verdict.findings) - MOST_FINDINGS} more")
    state = "whole" if verdict.is_whole else "NOT whole"
    click.echo(f"{name}: {verdict.entries} entries, {state}; head {name}={verdict.head}")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("must be a date or an instant", param_hint="--since") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _correlations(chosen: Iterable[Service], request_id: UUID) -> set[UUID]:
    """Returns under which ids the services know the request: not each of them knows its own id."""
    from shared.audit.reading import correlations_of

    found: set[UUID] = set()
    for service in chosen:
        with _reading(service) as session:
            found |= correlations_of(session, request_id)
    return found


def _wanted(
    session: Session, instant: datetime | None, number: int, correlations: set[UUID] | None
) -> Iterator[Mapping[str, Any]]:
    from shared.audit import reading

    conditions = [reading.after(number)]
    if instant:
        conditions.append(reading.since(instant))
    if correlations is not None:
        conditions.append(reading.belonging_to(correlations))
    return reading.rows(session, *conditions)


def _line(service: str, row: Mapping[str, Any]) -> dict[str, Any]:
    from shared.audit.chain import as_json

    return {"service": service, **as_json(row), "hash": row["hash"]}
