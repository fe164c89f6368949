"""Sends notices: claim in one transaction, SMTP in none, record in another."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from notify_svc.domain.failures import Answer, DeliveryFailure, PermanentFailure
from notify_svc.mail.compose import compose
from notify_svc.mail.connection import Connection
from notify_svc.mail.render import Renderer, UnrenderableError
from notify_svc.settings import Settings
from notify_svc.use_cases.claim_notice import Claimed, claim_notice
from notify_svc.use_cases.record_delivery import record_failure, record_sent
from shared.clock import utc_now
from shared.contracts import InvalidMessageError, NoticeQueued, UnknownMessageError
from shared.db import Database
from shared.messaging.envelope import Envelope, MalformedEnvelopeError

log = structlog.get_logger(__name__)


class Postman:
    """The effect of `NoticeQueued`. Keeps one SMTP connection; belongs to one worker process."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._renderer = Renderer(settings)
        self._connection = Connection(settings.smtp_server, settings.mail_timeout)

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> None:
        """Sends the notices that these messages name; a notice that is not queued any more is left alone.

        A killed worker leaves its notice claimed; the sweep queues it again when the lease has run out.
        """
        for raw in envelopes:
            notice_id = _notice_id(raw)
            if notice_id is not None:
                self.deliver(notice_id)

    def deliver(self, notice_id: UUID) -> None:
        """Tries once to send one notice, and records how it went."""
        claimed = self._claim(notice_id)
        if claimed is None:
            log.info("notice needs no sending", notice_id=str(notice_id))
            return
        with structlog.contextvars.bound_contextvars(
            correlation_id=str(claimed.correlation_id), notice_id=str(notice_id), template=claimed.template
        ):
            try:
                answer = self._send(claimed)
            except DeliveryFailure as failure:
                self._record_failure(claimed, failure)
            else:
                self._record_sent(claimed, answer)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _claim(self, notice_id: UUID) -> Claimed | None:
        with self._database.transaction() as session:
            return claim_notice(
                session,
                notice_id,
                mail_domain=self._settings.mail_from.domain,
                lease=self._settings.mail_lease,
                max_attempts=self._settings.mail_max_attempts,
                now=self._clock(),
            )

    def _send(self, claimed: Claimed) -> Answer:
        sender = self._settings.mail_from
        return self._connection.send(sender.address, claimed.address, self._compose(claimed))

    def _compose(self, claimed: Claimed) -> bytes:
        try:
            rendered = self._renderer.render(claimed.template, claimed.context)
        except UnrenderableError as error:
            raise PermanentFailure(Answer(None, str(error))) from error
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
        with self._database.transaction() as session:
            record_sent(session, claimed, answer, self._clock())
        log.info("notice sent", attempt=claimed.attempt, code=answer.code)

    def _record_failure(self, claimed: Claimed, failure: DeliveryFailure) -> None:
        limit = self._settings.mail_max_attempts
        with self._database.transaction() as session:
            record_failure(session, claimed, failure, max_attempts=limit, now=self._clock())
        log.warning("notice not sent", attempt=claimed.attempt, kind=type(failure).__name__, code=failure.answer.code)


def _notice_id(raw: dict[str, Any]) -> UUID | None:
    """Returns the id of the notice, or None for what cannot be read: the sweep queues its notice again."""
    try:
        message = Envelope.from_json(raw).message()
    except (MalformedEnvelopeError, InvalidMessageError, UnknownMessageError) as error:
        log.error("message on the mail queue cannot be read", error=type(error).__name__)  # noqa: TRY400 - the traceback would show the message
        return None
    return message.notice_id if isinstance(message, NoticeQueued) else None
