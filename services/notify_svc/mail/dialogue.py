"""The words that are exchanged with a mail server about one mail (RFC 5321)."""

import re
import smtplib
import socket
import ssl
from typing import Any

from notify_svc.domain.addresses import masked_answer
from notify_svc.domain.failures import (
    Answer,
    DeliveryFailure,
    ServerFailure,
    TemporaryFailure,
    UnknownOutcome,
    failure,
)
from notify_svc.mail.deadline import Deadline, TimedSocket, connect
from notify_svc.mail.server import SmtpServer

CLOSING = 421
"""The server announces that it hangs up (RFC 5321, section 3.8)."""
BROKEN = (OSError, smtplib.SMTPException)
_LEADING_DOT = re.compile(rb"(?m)^\.")


class Dialogue(smtplib.SMTP):
    """An SMTP connection whose every wait is bounded by a deadline."""

    def __init__(self, server: SmtpServer, deadline: Deadline) -> None:
        self.deadline = deadline
        self._server = server
        try:
            super().__init__(server.host, server.port)
            self._greet()
        except smtplib.SMTPResponseException as error:
            self.close()
            raise ServerFailure(answer_of(error.smtp_code, error.smtp_error)) from error
        except BROKEN as error:
            self.close()
            raise ServerFailure(trouble(error)) from error

    def announce(self, sender: str) -> None:
        """Says MAIL. Raises ServerFailure: an answer to it speaks of our sender's address, never of the recipient."""
        code, text = self._asking(f"MAIL FROM:<{sender}>")
        if code != 250:
            raise ServerFailure(answer_of(code, text))

    def hand_over(self, recipient: str, mail: bytes) -> Answer:
        """Says RCPT and DATA and returns the answer of a server that took the mail.

        Raises:
            PermanentFailure: the server refused this recipient or this mail for good.
            TemporaryFailure: it wants patience with this recipient or this mail.
            ServerFailure: it hung up, or did not answer in time.
            UnknownOutcome: it did so when it had the whole text.
        """
        self._expect(*self._asking(f"RCPT TO:<{recipient}>"), good=(250, 251))
        self._expect(*self._asking("DATA"), good=(354,))
        try:
            self.send(_LEADING_DOT.sub(b"..", mail) + (b"" if mail.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        except BROKEN as error:
            raise ServerFailure(trouble(error)) from error
        return self._last_answer()

    def forget_mail(self) -> bool:
        """Says RSET, so that the connection serves the next mail; returns whether it does."""
        try:
            return self.rset()[0] == 250
        except BROKEN:
            return False

    def leave(self) -> None:
        """Says QUIT, if the server listens, and closes the connection."""
        try:
            self.deadline.start()
            self.quit()
        except BROKEN:
            self.close()

    def _last_answer(self) -> Answer:
        # Hanging up now makes a second copy likely. RFC 5321, section 4.5.3.2.6, asks for much patience here.
        self.deadline.be_patient()
        try:
            code, text = self.getreply()
        except BROKEN as error:
            raise UnknownOutcome(trouble(error)) from error
        return self._expect(code, text, good=(250,))

    def _asking(self, command: str) -> tuple[int, bytes]:
        try:
            return self.docmd(command)
        except BROKEN as error:
            raise ServerFailure(trouble(error)) from error

    def _expect(self, code: int, text: bytes, *, good: tuple[int, ...]) -> Answer:
        answer = answer_of(code, text)
        if code in good:
            return answer
        raise ServerFailure(answer) if code == CLOSING else _refusal(answer)

    def _greet(self) -> None:
        self.ehlo_or_helo_if_needed()
        if self._server.security == "starttls":
            self._start_tls()
        if self._server.user is not None:
            self.login(self._server.user, self._server.password or "")

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        # smtplib's own hook for other kinds of sockets: SMTP_SSL and LMTP override it too.
        plain = connect(host, port, self.deadline)
        return TimedSocket(self._under_tls(plain) if self._server.security == "tls" else plain, self.deadline)

    def _start_tls(self) -> None:
        code, text = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        timed: Any = self.sock
        self.sock: Any = TimedSocket(self._under_tls(timed.inner), self.deadline)
        # What was said before TLS counts no more (RFC 3207, section 4.2).
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False
        self.ehlo()

    def _under_tls(self, plain: socket.socket) -> socket.socket:
        try:
            plain.settimeout(self.deadline.left())
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self._server.host)
        except BaseException:
            plain.close()
            raise


def _refusal(answer: Answer) -> DeliveryFailure:
    if answer.code is not None and answer.code < 400:
        return TemporaryFailure(answer)  # an answer out of turn says nothing about the mail
    return failure(answer)


def answer_of(code: int, text: bytes | str) -> Answer:
    """Returns what the server said, fit to be stored."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Answer(code if code > 0 else None, masked_answer(said))


def trouble(error: Exception) -> Answer:
    """Returns what went wrong instead of an answer."""
    return Answer(None, masked_answer(f"{type(error).__name__}: {error}"))
