"""The whole history of one request: what people saw, the rows of every service, messages, mails and log lines."""

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from deploy.faults.mails import Mail
from deploy.faults.records import Record
from deploy.faults.snapshot import RequestRow, connected
from deploy.faults.stack import Stack
from deploy.local.environment import SERVICES

_OF_REQUEST = {
    "request_svc": {
        "requests": "SELECT to_jsonb(requests) - 'phone' - 'name' AS row FROM requests WHERE id = %(id)s",
        "request_parts": "SELECT to_jsonb(request_parts) AS row FROM request_parts WHERE request_id = %(id)s",
        "request_events": "SELECT to_jsonb(e) AS row FROM request_events e WHERE request_id = %(id)s ORDER BY at",
        "grants": "SELECT to_jsonb(grants) AS row FROM grants WHERE request_id = %(id)s",
    },
    "approval_svc": {
        "approvals": "SELECT to_jsonb(approvals) AS row FROM approvals WHERE request_id = %(id)s",
        "askings": """
            SELECT to_jsonb(askings) || jsonb_build_object('user_id', user_id, 'reachable', reachable) AS row
            FROM askings JOIN officials ON officials.id = official_id JOIN approvals ON approvals.id = approval_id
            WHERE request_id = %(id)s
        """,
        "history": "SELECT to_jsonb(history) AS row FROM history WHERE request_id = %(id)s ORDER BY at",
    },
    "notify_svc": {
        "notices": "SELECT to_jsonb(n) - 'context' AS row FROM notices n WHERE request_id = %(id)s ORDER BY written_at",
        "deliveries": """
            SELECT to_jsonb(d) AS row FROM deliveries d JOIN notices ON notices.id = notice_id
            WHERE request_id = %(id)s ORDER BY d.id
        """,
    },
    "identity_svc": {},
}
_OF_CORRELATION = {
    "outbox": """
        SELECT to_jsonb(o) - 'envelope' AS row FROM outbox o WHERE correlation_id = %(correlation)s ORDER BY id
    """,
    "inbox": """
        SELECT to_jsonb(i) - 'envelope' AS row FROM inbox i WHERE correlation_id = %(correlation)s ORDER BY received_at
    """,
    "message_history": """
        SELECT to_jsonb(h) - 'envelope' AS row FROM message_history h JOIN inbox USING (message_id)
        WHERE inbox.correlation_id = %(correlation)s ORDER BY h.id
    """,
    "audit": "SELECT to_jsonb(a) AS row FROM audit a WHERE correlation_id = %(correlation)s",
}


def tell(stack: Stack, request: RequestRow, record: Record | None, mails: Sequence[Mail]) -> str:
    """Returns the history as text, one line for each thing that is known."""
    correlation = str(request.correlation_id)
    lines = [f"Request {request.id}, correlation id {correlation}", "What people saw:", *_seen(record)]
    lines += list(_rows(stack, request))
    lines.append("Mails:")
    lines += [
        f"  {mail.at:.1f} {mail.outcome} {mail.message_id} to {mail.recipient}: {mail.template}"
        for mail in mails
        if mail.correlation_id == correlation
    ]
    return "\n".join([*lines, "Log lines:", *_logged(stack, correlation)])


def _seen(record: Record | None) -> Iterator[str]:
    if record is None:
        yield "  nobody knows of it"
        return
    ask = record.ask
    yield f"  {ask.requester.user_id} asked at {ask.at_seconds} s for {ask.role_name}: {record.submitted.value}"
    yield f"  to be withdrawn: {ask.withdrawal.value}; {record.withdrawn.value}"
    for part in ask.parts:
        yield f"  {part.organization}: {part.course.value}, {part.authority}, {part.delay} s after the first mail"
    for attempt in record.attempts:
        verdict = "approve" if attempt.approves else "reject"
        yield f"  {attempt.user_id} wanted to {verdict} for {attempt.part.organization}; saw: {attempt.heading!r}"
    yield from (f"  {note}" for note in record.notes)


def _rows(stack: Stack, request: RequestRow) -> Iterator[str]:
    wanted = {"id": request.id, "correlation": request.correlation_id}
    for service in SERVICES:
        for table, query in {**_OF_REQUEST[service], **_OF_CORRELATION}.items():
            yield f"{service}.{table}:"
            yield from (f"  {line}" for line in _read(stack, service, query, wanted))


def _read(stack: Stack, service: str, query: str, wanted: dict[str, UUID]) -> list[str]:
    try:
        with connected(stack, service) as connection, connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(query, wanted).fetchall()
    except psycopg.Error as error:
        return [f"cannot be read: {error}".strip()]
    return [
        json.dumps({key: value for key, value in row["row"].items() if value not in (None, [], "")}) for row in found
    ]


def _logged(stack: Stack, correlation: str) -> Iterator[str]:
    for file in sorted(stack.layout.logs.glob("*.log*")):
        with file.open(errors="replace") as lines:
            yield from (f"  {file.stem}: {line.strip()}" for line in lines if correlation in line)
