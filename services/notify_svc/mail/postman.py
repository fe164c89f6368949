"""Sends notices: claim in one transaction, SMTP in none, record in another."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from notify_svc.domain.failures import Answer, DeliveryFailure, FaultOfOurs, ServerFailure, UnknownOutcome
from notify_svc.mail.compose import compose
from notify_svc.mail.connection import Connections
from notify_svc.mail.guard import Guard
from notify_svc.mail.render import Renderer, UnrenderableError
from notify_svc.settings import Settings
from notify_svc.use_cases.claim_notice import Claimed, Terms, claim_notice
from notify_svc.use_cases.hold_notices import AT_ONCE, hold_notices, release_held
from notify_svc.use_cases.record_delivery import record_failure, record_sent
from shared.clock import utc_now
from shared.contracts import InvalidMessageError, NoticeQueued, UnknownMessageError
from shared.db import Database
from shared.messaging.envelope import Envelope, MalformedEnvelopeError

log = structlog.get_logger(__name__)

RECORDING_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 16)
"""Seconds, half a minute together: a database that restarts is back by then, and the lease is longer."""


class Postman:
    """The effect of `NoticeQueued`. One for a worker process; any number of its threads call it at the same time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], datetime] = utc_now,
        stopwatch: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._stopwatch = stopwatch
        self._sleep = sleep
        self._renderer = Renderer(settings)
        self._guard = Guard(settings.mail_limit, clock)
        self._terms = Terms(
            mail_domain=settings.mail_from.domain,
            keys=settings.link_keys,
            lease=settings.mail_lease,
            max_attempts=settings.mail_max_attempts,
        )
        each, altogether = settings.mail_timeout.total_seconds(), settings.mail_limit.total_seconds()
        self._connections = Connections(settings.smtp_server, each, altogether, stopwatch)

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> None:
        """Sends the notices that these messages name; a notice that is not queued any more is left alone.

        A killed worker leaves its notice claimed; the sweep queues it again when the lease has run out. What slow
        mails leave no time for goes back to the ledger, for whichever worker is free.
        """
        ids = [notice_id for raw in envelopes if (notice_id := _notice_id(raw)) is not None]
        ends = self._stopwatch() + self._settings.chunk_budget.total_seconds()
        for number, notice_id in enumerate(ids):
            if self._stopwatch() >= ends:
                self._hold(ids[number:], self._clock(), for_server=False)
                return
            self._deliver_or_log(notice_id)

    def deliver(self, notice_id: UUID) -> None:
        """Tries once to send one notice, and records how it went; holds it while the mail server is in trouble."""
        come_back = self._guard.admit()
        if come_back is not None:
            self._hold([notice_id], come_back, for_server=True)
            return
        claimed = self._claim(notice_id)
        if claimed is None:
            self._guard.unused()
            log.info("notice needs no sending", notice_id=str(notice_id))
            return
        with structlog.contextvars.bound_contextvars(
            correlation_id=str(claimed.correlation_id), notice_id=str(notice_id), template=claimed.template
        ):
            self._try(claimed)

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()

    def _deliver_or_log(self, notice_id: UUID) -> None:
        """A fault of ours in one mail stops no other: its notice is taken up again when its lease has run out."""
        try:
            self.deliver(notice_id)
        except DBAPIError:
            raise  # without the database there is no next mail either; the chunk goes back to the queue
        except Exception:
            log.exception("notice could not be handled", notice_id=str(notice_id))

    def _try(self, claimed: Claimed) -> None:
        try:
            mail = self._compose(claimed)
        except FaultOfOurs as failure:
            self._guard.unused()
            self._record_failure(claimed, failure, held=False)
            return
        begun = self._clock()
        try:
            answer = self._connections.send(self._settings.envelope_sender, claimed.address, mail)
        except ServerFailure as failure:
            paused = self._guard.failed(begun)
            self._record_failure(claimed, failure, held=paused and not isinstance(failure, UnknownOutcome))
        except DeliveryFailure as failure:
            self._record_failure(claimed, failure, held=False)
            self._server_answered()
        else:
            self._record_sent(claimed, answer)
            self._server_answered()

    def _claim(self, notice_id: UUID) -> Claimed | None:
        with self._database.transaction() as session:
            return claim_notice(session, notice_id, self._terms, self._clock())

    def _hold(self, notice_ids: Sequence[UUID], until: datetime, *, for_server: bool) -> None:
        with self._database.transaction() as session:
            hold_notices(session, notice_ids, until, for_server=for_server)
        log.info("notices held", notices=len(notice_ids), for_server=for_server)

    def _compose(self, claimed: Claimed) -> bytes:
        try:
            rendered = self._renderer.render(claimed.template, claimed.context)
        except UnrenderableError as error:
            raise FaultOfOurs(Answer(None, str(error))) from error
        return compose(
            rendered,
            sender=self._settings.mail_from,
            name=claimed.name,
            address=claimed.address,
            mail_id=claimed.mail_id,
            correlation_id=claimed.correlation_id,
            now=self._clock(),
        )

    def _record_sent(self, claimed: Claimed, answer: Answer) -> None:
        self._record(lambda session: record_sent(session, claimed, answer, self._clock()))
        log.info("notice sent", attempt=claimed.attempt, code=answer.code)

    def _record_failure(self, claimed: Claimed, failure: DeliveryFailure, *, held: bool) -> None:
        limit = self._settings.mail_max_attempts
        self._record(
            lambda session: record_failure(session, claimed, failure, max_attempts=limit, held=held, now=self._clock())
        )
        log.warning("notice not sent", attempt=claimed.attempt, kind=type(failure).__name__, code=failure.answer.code)

    def _record(self, change: Callable[[Session], None]) -> None:
        """Records the server's answer, in several tries while the database is away: who gives up here repeats a mail.

        Recording twice, because the first commit's answer was lost, changes nothing.
        """
        for pause in RECORDING_PAUSES:
            try:
                with self._database.transaction() as session:
                    change(session)
                return
            except (OperationalError, InterfaceError) as error:
                log.warning("answer not recorded yet", seconds=pause, error=type(error).__name__)
                self._sleep(pause)
        with self._database.transaction() as session:
            change(session)

    def _server_answered(self) -> None:
        """After a pause everything that waited for the server is due at once."""
        if self._guard.answered():
            log.info("mail server is back")
            while self._release() == AT_ONCE:
                pass

    def _release(self) -> int:
        with self._database.transaction() as session:
            return release_held(session, self._clock())


def _notice_id(raw: dict[str, Any]) -> UUID | None:
    """Returns the id of the notice, or None for what cannot be read: the sweep queues its notice again."""
    try:
        message = Envelope.from_json(raw).message()
    except (MalformedEnvelopeError, InvalidMessageError, UnknownMessageError) as error:
        log.error("message on the mail queue cannot be read", error=type(error).__name__)  # noqa: TRY400 - the traceback would show the message
        return None
    return message.notice_id if isinstance(message, NoticeQueued) else None
