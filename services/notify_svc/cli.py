"""`countersign notices`: the ledger on the command line; `countersign bounces`: the mailbox of returned mails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from shared.command_line import opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from notify_svc.tables import Notice

STATES = click.Choice(["queued", "sending", "sent", "bounced", "failed", "skipped"])


@click.group()
def notices() -> None:
    """Show which mails were written, sent, failed or skipped, and why."""


@notices.command("list")
@click.option("--state", type=STATES)
@click.option("--request", "request_id", type=click.UUID, metavar="ID", help="Only those about this role request.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of lines.")
def list_command(state: str | None, request_id: UUID | None, limit: int, as_json: bool) -> None:
    """List notices, the newest first. Addresses are masked."""
    from notify_svc.domain.notices import State
    from notify_svc.queries import Filter, find_notices

    wanted = Filter(state=State(state) if state else None, request_id=request_id)
    with _reading() as session:
        rows = [_summary(notice) for notice in find_notices(session, wanted, limit)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(
            "  ".join([row["id"], row["written_at"], row["state"].ljust(7), row["template"].ljust(17), row["to"]])
        )


@notices.command("show")
@click.argument("notice_id", type=click.UUID, metavar="ID")
def show_command(notice_id: UUID) -> None:
    """Print one notice with every try to deliver it and all that came back, as JSON."""
    from notify_svc.queries import find_notice

    with _reading() as session:
        notice = find_notice(session, notice_id)
        if notice is None:
            raise click.ClickException(f"There is no notice {notice_id}.")
        told = _summary(notice) | {"deliveries": _deliveries(notice), "bounces": _bounces(notice)}
        click.echo(json.dumps(told, indent=2))


@notices.command("resend")
@click.argument("notice_id", type=click.UUID, metavar="ID")
@click.confirmation_option(prompt="Send this mail again to the address that it was written to?")
def resend_command(notice_id: UUID) -> None:
    """Send a notice again that failed or came back, once what was wrong is mended."""
    from notify_svc.settings import Settings
    from notify_svc.use_cases.send_again import NotUndeliveredError, send_again
    from shared.clock import utc_now

    try:
        with opened(Settings) as (database, _), database.transaction() as session:
            send_again(session, notice_id, utc_now())
    except NotUndeliveredError as error:
        raise click.ClickException(f"There is no notice {notice_id} that failed or came back.") from error
    click.echo("Queued.")


@contextmanager
def _reading() -> Iterator[Session]:
    from notify_svc.settings import Settings

    with opened(Settings) as (database, _), database.reading() as session:
        yield session


def _summary(notice: Notice) -> dict[str, Any]:
    from shared.logs import mask

    return {
        "id": str(notice.id),
        "written_at": notice.written_at.isoformat(timespec="seconds"),
        "state": notice.state.value,
        "template": notice.template,
        "recipient": notice.recipient_id,
        "to": mask(notice.recipient_address),
        "request": str(notice.request_id) if notice.request_id else None,
        "approval": str(notice.approval_id) if notice.approval_id else None,
        "attempts": notice.attempts,
        "reason": notice.reason,
        "due_at": _instant(notice.due_at),
        "ended_at": _instant(notice.ended_at),
        "mail_id": notice.mail_id,
    }


def _deliveries(notice: Notice) -> list[dict[str, Any]]:
    return [
        {
            "attempt": delivery.attempt,
            "repeat": delivery.repeat,
            "result": delivery.result.value,
            "code": delivery.code,
            "answer": delivery.answer,
            "begun_at": _instant(delivery.begun_at),
            "ended_at": _instant(delivery.ended_at),
        }
        for delivery in notice.deliveries
    ]


def _bounces(notice: Notice) -> list[dict[str, Any]]:
    return [
        {
            "source": bounce.source.value,
            "kind": bounce.kind.value,
            "status": bounce.status,
            "answer": bounce.answer,
            "received_at": _instant(bounce.received_at),
        }
        for bounce in notice.bounces
    ]


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


@click.group()
def bounces() -> None:
    """Mails that came back."""


@bounces.command("read")
@click.option("--every", type=click.IntRange(5, 3600), metavar="SECONDS", help="Go on until stopped (SIGTERM).")
def read_command(every: int | None) -> None:
    """Read the mailbox named in BOUNCE_MAILBOX_URL, record what came back, and file the mails away."""
    if not _read_once() and not every:
        raise SystemExit(1)
    if every:
        _keep_reading(every)


def _read_once() -> bool:
    """Returns whether the mailbox could be read; when not, no mail is lost by it."""
    import imaplib

    from sqlalchemy.exc import DBAPIError

    from notify_svc.bounces.mailbox import opened as opened_mailbox
    from notify_svc.bounces.reader import read_mailbox
    from notify_svc.settings import Settings
    from shared.clock import utc_now

    try:
        with opened(Settings) as (database, settings):
            if settings.bounce_mailbox is None:
                raise click.UsageError("BOUNCE_MAILBOX_URL names no mailbox.")
            with opened_mailbox(settings.bounce_mailbox) as box:
                ends = read_mailbox(database, box, utc_now)
    except (OSError, imaplib.IMAP4.error, DBAPIError) as error:
        click.echo(f"The mailbox could not be read: {type(error).__name__}.", err=True)
        return False
    for end, count in sorted(ends.items()):
        click.echo(f"{end}: {count}")
    return True


def _keep_reading(every: int) -> None:
    import signal
    import threading

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.wait(every):
        _read_once()


COMMANDS = [notices, bounces]
