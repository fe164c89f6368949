"""The services' own books, read from outside when all is quiet: rows as plain values, nothing is written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from deploy.faults.stack import Stack
from deploy.local.environment import SERVICES

Row = TypeVar("Row")


@dataclass(frozen=True)
class RequestRow:
    """A request in request_svc."""

    id: UUID
    draft_id: UUID
    correlation_id: UUID
    state: str
    user_id: str
    email: str
    role_id: str
    role_name: str
    withdrawal_asked_at: datetime | None


@dataclass(frozen=True)
class PartRow:
    """One decision of a request in request_svc. `decisions` counts the lines of its timeline that tell of one."""

    id: UUID
    request_id: UUID
    scope: str
    organization: str | None
    state: str
    approval_id: UUID | None


@dataclass(frozen=True)
class EventRow:
    """A line of a request's timeline in request_svc."""

    request_id: UUID
    kind: str
    organization: str | None


@dataclass(frozen=True)
class RepeatedRow:
    """A line of a request's history or timeline that stands there `count` times with the same time and words."""

    request_id: UUID
    text: str
    count: int


@dataclass(frozen=True)
class GrantRow:
    """A role that somebody has, in request_svc."""

    id: UUID
    part_id: UUID
    request_id: UUID
    user_id: str
    removed_at: datetime | None


@dataclass(frozen=True)
class ApprovalRow:
    """An approval in approval_svc; `decided_by` is a user id, `decided_for` are those of the absent in whose place."""

    id: UUID
    request_id: UUID
    organization: str | None
    state: str
    state_since: datetime
    decided_by: str | None
    authority_kind: str | None
    authority_id: str | None
    decided_for: Sequence[str] = ()


@dataclass(frozen=True)
class AskingRow:
    """An official who was asked, in approval_svc; `acts_for` are the user ids of the absent in whose place."""

    approval_id: UUID
    user_id: str
    email: str
    reachable: bool
    asked_at: datetime
    ended_at: datetime | None
    acts_for: Sequence[str] = ()


@dataclass(frozen=True)
class AbsenceRow:
    """An official's absence in approval_svc; `substitute` is a user id."""

    id: UUID
    user_id: str
    substitute: str
    begun_at: datetime | None
    over_at: datetime | None


@dataclass(frozen=True)
class MessageRow:
    """A message that a service wrote, once for all its subscribers."""

    message_id: UUID
    type: str
    correlation_id: UUID
    data: dict[str, Any]


@dataclass(frozen=True)
class NoticeRow:
    """A notice of notify_svc. `unknown` counts tries without a known end; `waits`: for its reader's mail hours."""

    id: UUID
    request_id: UUID | None
    approval_id: UUID | None
    correlation_id: UUID
    template: str
    recipient_id: str
    recipient_address: str
    state: str
    reason: str | None
    mail_id: str | None
    unknown: int
    waits: bool = False


@dataclass(frozen=True)
class QuestionRow:
    """A question to a requester, in approval_svc."""

    approval_id: UUID
    text: str
    answer: str | None


@dataclass(frozen=True)
class DeadLetter:
    """A message that a service's inbox has given up; `text` is its envelope."""

    service: str
    message_id: UUID
    type: str
    error: str | None
    text: str


@dataclass(frozen=True)
class Snapshot:
    """All rows that the books are checked with."""

    requests: Sequence[RequestRow]
    parts: Sequence[PartRow]
    events: Sequence[EventRow]
    repeated: Sequence[RepeatedRow]
    grants: Sequence[GrantRow]
    approval_requests: Sequence[UUID]
    approvals: Sequence[ApprovalRow]
    askings: Sequence[AskingRow]
    decisions: Sequence[MessageRow]
    asked: Sequence[MessageRow]
    audited_decisions: Sequence[str]
    """The ids of approvals of which the audit says that they were decided, each as often as it says so."""
    audited_grants: Sequence[str]
    granted_in_approval: Sequence[UUID]
    notices: Sequence[NoticeRow]
    dead: Sequence[DeadLetter]
    questions: Sequence[QuestionRow]
    told: Sequence[MessageRow]
    """What is told of questions, their answers, and of what was handed over."""
    unreachable: Sequence[str]
    """Addresses of officials to whom mail was refused."""
    absences: Sequence[AbsenceRow] = ()
    absent: Sequence[MessageRow] = ()
    """What is told of absences that have begun."""
    digests: Sequence[MessageRow] = ()
    """What is told of several approvals at once."""


_REQUESTS = """
    SELECT id, draft_id, correlation_id, state, user_id, email, role_id, role_name, withdrawal_asked_at FROM requests
"""
_PARTS = "SELECT id, request_id, scope, organization->>'name' AS organization, state, approval_id FROM request_parts"
_EVENTS = "SELECT request_id, kind, organization FROM request_events"
_REPEATED_EVENTS = """
    SELECT request_id, kind AS text, count(*) AS count FROM request_events
    GROUP BY request_id, kind, organization, at, people::text HAVING count(*) > 1
"""
_REPEATED_HISTORY = """
    SELECT request_id, text, count(*) AS count FROM history
    GROUP BY request_id, approval_id, at, text HAVING count(*) > 1
"""
_GRANTS = "SELECT id, part_id, request_id, user_id, removed_at FROM grants"
_APPROVALS = """
    SELECT approvals.id, request_id, organization_name AS organization, state, state_since,
           officials.user_id AS decided_by, approvals.authority_kind, approvals.authority_id,
           ARRAY(SELECT absent.user_id FROM jsonb_array_elements(decided_for) AS each
                 JOIN officials AS absent ON absent.id::text = each->>'official') AS decided_for
    FROM approvals LEFT JOIN officials ON officials.id = approvals.decided_by
"""
_ASKINGS = """
    SELECT approval_id, user_id, lower(email) AS email, reachable, asked_at, ended_at,
           ARRAY(SELECT absent.user_id FROM jsonb_array_elements(acts_for) AS each
                 JOIN officials AS absent ON absent.id::text = each->>'official') AS acts_for
    FROM askings JOIN officials ON officials.id = askings.official_id
"""
_ABSENCES = """
    SELECT absences.id, absences.user_id, officials.user_id AS substitute, begun_at, over_at
    FROM absences JOIN officials ON officials.id = substitute_id
"""
_WRITTEN = """
    SELECT DISTINCT ON (message_id) message_id, type, correlation_id, envelope->'data' AS data
    FROM outbox WHERE type = %s
"""
_NOTICES = """
    SELECT id, request_id, approval_id, correlation_id, template, recipient_id,
           lower(recipient_address) AS recipient_address, state, reason, mail_id,
           state = 'queued' AND coalesce(not_before > now(), false) AS waits,
           (SELECT count(*) FROM deliveries WHERE notice_id = notices.id AND result = 'unknown') AS unknown
    FROM notices
"""
TOLD = ("InformationAsked", "InformationReceived", "ApprovalHandedOver")
_AUDITED = "SELECT subject_id FROM audit WHERE action = %s"
_DEAD = """
    SELECT %s AS service, message_id, type, error, coalesce(envelope::text, '') AS text FROM inbox WHERE state = 'dead'
"""


def take(stack: Stack) -> Snapshot:
    """Returns all rows. Raises `psycopg.OperationalError` while a database is away."""
    with (
        connected(stack, "request_svc") as request_svc,
        connected(stack, "approval_svc") as approval_svc,
        connected(stack, "notify_svc") as notify_svc,
    ):
        return Snapshot(
            requests=_rows(request_svc, RequestRow, _REQUESTS),
            parts=_rows(request_svc, PartRow, _PARTS),
            events=_rows(request_svc, EventRow, _EVENTS),
            repeated=[
                *_rows(request_svc, RepeatedRow, _REPEATED_EVENTS),
                *_rows(approval_svc, RepeatedRow, _REPEATED_HISTORY),
            ],
            grants=_rows(request_svc, GrantRow, _GRANTS),
            approval_requests=_ids(approval_svc, "SELECT id FROM requests"),
            approvals=_rows(approval_svc, ApprovalRow, _APPROVALS),
            askings=_rows(approval_svc, AskingRow, _ASKINGS),
            decisions=_rows(approval_svc, MessageRow, _WRITTEN, "ApprovalDecided"),
            asked=_rows(approval_svc, MessageRow, _WRITTEN, "ApprovalRequested"),
            audited_decisions=_ids(approval_svc, _AUDITED, "approval.decided"),
            audited_grants=_ids(request_svc, _AUDITED, "grant.given"),
            granted_in_approval=_ids(approval_svc, "SELECT id FROM grants WHERE removed_at IS NULL"),
            notices=_rows(notify_svc, NoticeRow, _NOTICES),
            dead=[letter for service in SERVICES for letter in _dead(stack, service)],
            questions=_rows(approval_svc, QuestionRow, "SELECT approval_id, text, answer FROM questions"),
            told=[row for kind in TOLD for row in _rows(approval_svc, MessageRow, _WRITTEN, kind)],
            unreachable=_ids(approval_svc, "SELECT lower(email) FROM officials WHERE NOT reachable"),
            absences=_rows(approval_svc, AbsenceRow, _ABSENCES),
            absent=_rows(approval_svc, MessageRow, _WRITTEN, "AbsenceBegun"),
            digests=_rows(approval_svc, MessageRow, _WRITTEN, "DigestDue"),
        )


@contextmanager
def connected(stack: Stack, service: str) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
    """Yields a connection to a service's database that cannot write. Raises `psycopg.OperationalError`."""
    address = stack.database_url(service).replace("+psycopg", "")
    with psycopg.connect(address, connect_timeout=5, autocommit=True) as connection:
        connection.read_only = True
        yield connection


def _dead(stack: Stack, service: str) -> list[DeadLetter]:
    with connected(stack, service) as connection:
        return _rows(connection, DeadLetter, _DEAD, service)


def _rows(connection: "psycopg.Connection[Any]", kind: type[Row], query: str, *values: str) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, values or None).fetchall()


def _ids(connection: "psycopg.Connection[Any]", query: str, *values: str) -> list[Any]:
    return [row[0] for row in connection.execute(query, values or None).fetchall()]
