"""Kept SMTP connections: made when they are needed, used by one thread at a time, renewed when they have gone stale."""

import time
from collections.abc import Callable
from threading import Lock

from notify_svc.domain.failures import Answer, DeliveryFailure, ServerFailure
from notify_svc.mail.deadline import Deadline
from notify_svc.mail.dialogue import Dialogue
from notify_svc.mail.server import SmtpServer

MAX_AGE_SECONDS = 300.0
"""As Postfix's smtp_connection_reuse_time_limit: a mail service behind one name moves its load about, and servers give
up on a silent client after 5 minutes (RFC 5321, section 4.5.3.2.7)."""
MAX_MAILS = 100
"""Many servers end a session after so many; a new one costs a handshake, less than a mail that was refused for it."""


class Connections:
    """Hands mails to one server, from any number of threads; call `send` outside of any database transaction.

    Args:
        server: where mails go.
        each_seconds: how long to wait for one answer.
        altogether_seconds: how long one mail may take, connecting included.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        server: SmtpServer,
        each_seconds: float,
        altogether_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._limits = (each_seconds, altogether_seconds)
        self._clock = clock
        self._idle: list[_Kept] = []
        self._lock = Lock()

    def send(self, sender: str, recipient: str, mail: bytes) -> Answer:
        """Returns the server's answer to a mail that it took.

        Raises:
            PermanentFailure: the server refused this mail or this recipient for good.
            TemporaryFailure: it asks for patience; ServerFailure or UnknownOutcome: the server is in trouble.
        """
        kept = self._announced(sender)
        try:
            answer = kept.dialogue.hand_over(recipient, mail)
        except ServerFailure:
            kept.dialogue.close()
            raise
        except DeliveryFailure:
            if kept.dialogue.forget_mail():
                self._keep(kept)
            else:
                kept.dialogue.close()
            raise
        self._keep(kept)
        return answer

    def close(self) -> None:
        """Takes leave of the server on every connection that is not in use."""
        while (kept := self._take()) is not None:
            kept.dialogue.leave()

    def _announced(self, sender: str) -> "_Kept":
        """Announces a mail on a kept connection, or on a new one when that has gone stale. Raises like `send`."""
        deadline = Deadline(*self._limits, self._clock)
        kept = self._take()
        if kept is not None:
            if not kept.is_worn(self._clock()) and kept.announces(sender):
                return kept
            kept.dialogue.close()
        made = _Kept(Dialogue(self._server, deadline), self._clock())
        try:
            made.dialogue.announce(sender)
        except ServerFailure:
            made.dialogue.close()
            raise
        return made

    def _take(self) -> "_Kept | None":
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _keep(self, kept: "_Kept") -> None:
        with self._lock:
            self._idle.append(kept)


class _Kept:
    """A connection with its age and the number of mails that it carried."""

    def __init__(self, dialogue: Dialogue, made_at: float) -> None:
        self.dialogue = dialogue
        self._made_at = made_at
        self._mails = 1

    def is_worn(self, now: float) -> bool:
        return self._mails >= MAX_MAILS or now - self._made_at >= MAX_AGE_SECONDS

    def announces(self, sender: str) -> bool:
        """Returns False when the server has closed the connection, or refuses on it what a new one may allow."""
        self.dialogue.deadline.start()
        self._mails += 1
        try:
            self.dialogue.announce(sender)
        except ServerFailure:
            return False
        return True
