"""Which message leads to which use case, and what the relay looks after."""

from datetime import datetime

from sqlalchemy.orm import Session

from identity_svc.use_cases.forget_ended import forget_ended
from identity_svc.use_cases.note_undeliverable import note_undeliverable
from shared.contracts import NoticeFailed
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Handler
from shared.messaging.relay import Sweep


def _on_notice_failed(session: Session, message: NoticeFailed, _envelope: Envelope, _now: datetime) -> None:
    # Tries that ran out say nothing about the address.
    if message.permanent:
        note_undeliverable(session, message.template, message.recipient, message.failed_at)


HANDLERS: dict[str, Handler] = {NoticeFailed.type(): _on_notice_failed}

SWEEPS: tuple[Sweep, ...] = (forget_ended,)
