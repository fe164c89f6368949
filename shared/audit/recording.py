"""Recording: entries wait in the session and are written as the last thing before its transaction commits.

Numbers without a gap and a chain of hashes want one writer at a time. The lock for it is taken at the very end, when
nothing else will be waited for, so that it is held for one INSERT and the commit and no two transactions can wait
for each other. What is rolled back, a savepoint too, takes its entries with it. A transaction whose entries were not
written does not commit, whichever way its session was made.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.orm import Session, SessionTransaction

from shared.audit.acting import Acting, handling, now_acting
from shared.audit.actions import Action
from shared.audit.chain import Head, chained
from shared.audit.table import audit
from shared.audit.values import plain
from shared.locks import Lock
from shared.messaging.outbox import HANDLING

_PENDING = "countersign.audit"


class NotRecordedError(RuntimeError):
    """A transaction was about to commit without the entries that it recorded."""


def record(
    session: Session,
    action: Action,
    subject: tuple[str, object],
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    who: str | None = None,
    on_behalf_of: str | None = None,
    correlation_id: UUID | None = None,
) -> None:
    """Makes an entry part of the session's transaction.

    `subject` is what was changed, its kind and its id: ("approval", approval.id). `before` and `after` tell only what
    changed, as ids and states: no token, no password, no whole address. `now` is UTC. `who` is given where the use
    case knows better than what surrounds it, `on_behalf_of` where that is for somebody else. `correlation_id` is that
    of the role request; left out, that of the message being handled.

    Raises:
        TypeError: `before` or `after` holds what JSON cannot keep exactly.
    """
    around = _around(session)
    kind, identifier = subject
    entry = {
        "at": now,
        "who": who or around.who,
        "on_behalf_of": on_behalf_of,
        "action": action.value,
        "subject_kind": kind,
        "subject_id": str(identifier),
        "before": plain(before),
        "after": plain(after),
        "origin": plain(around.origin),
        "correlation_id": correlation_id or around.correlation_id,
    }
    _pending_of(session).add(entry)


def _around(session: Session) -> Acting:
    envelope = session.info.get(HANDLING)
    return handling(envelope) if envelope else now_acting()


def _pending_of(session: Session) -> "_Pending":
    if _PENDING not in session.info:
        session.info[_PENDING] = _Pending(session)
    pending: _Pending = session.info[_PENDING]
    return pending


class _Pending:
    """The entries that a session has yet to write, each with the transaction and savepoints that it was recorded in."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._entries: list[tuple[dict[str, Any], tuple[SessionTransaction, ...]]] = []
        self._guarded: Connection | None = None
        event.listen(session, "before_commit", self._write)
        event.listen(session, "after_soft_rollback", self._forget_those_in)
        event.listen(session, "after_transaction_end", self._forget_all_at_the_end)

    def add(self, entry: dict[str, Any]) -> None:
        connection = self._session.connection()
        if connection is not self._guarded:
            # The last gate: what the session's own events miss (a transaction committed around an open savepoint,
            # an entry recorded while another listener of before_commit runs) is stopped at the COMMIT itself.
            event.listen(connection, "commit", self._refuse_to_lose)
            self._guarded = connection
        self._entries.append((entry, tuple(_open_in(self._session))))

    def _write(self, session: Session) -> None:
        # before_commit is called for the end of a savepoint too; what is in there may still be rolled back.
        if not self._entries or session.in_nested_transaction():
            return
        session.flush()
        _write(session.connection(), [entry for entry, _ in self._entries])
        self._entries.clear()

    def _forget_those_in(self, _session: Session, rolled_back: SessionTransaction) -> None:
        self._entries = [(entry, opened) for entry, opened in self._entries if rolled_back not in opened]

    def _forget_all_at_the_end(self, _session: Session, ended: SessionTransaction) -> None:
        if ended.parent is None:
            self._entries.clear()
            self._guarded = None

    def _refuse_to_lose(self, _connection: Connection) -> None:
        if self._entries:
            raise NotRecordedError(f"{len(self._entries)} audit entries were not written")


def _open_in(session: Session) -> Iterator[SessionTransaction]:
    one = session.get_nested_transaction() or session.get_transaction()
    while one is not None:
        yield one
        one = one.parent


def _write(connection: Connection, entries: list[dict[str, Any]]) -> None:
    # Two statements: what others committed while we waited for the lock is seen by the one that comes after.
    connection.execute(select(func.pg_advisory_xact_lock(Lock.AUDIT.value, 0)))
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    connection.execute(insert(audit), list(chained(Head(*last) if last else Head(), entries)))
