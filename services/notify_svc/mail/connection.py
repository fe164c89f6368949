"""One kept SMTP connection: made when it is needed, renewed when it has gone stale (RFC 5321)."""

import smtplib
import ssl
from datetime import timedelta

from notify_svc.domain.addresses import masked_answer
from notify_svc.domain.failures import Answer, TemporaryFailure, failure
from notify_svc.mail.server import SmtpServer


class Connection:
    """Hands mails to one server. Belongs to one thread; call `send` outside of any database transaction."""

    def __init__(self, server: SmtpServer, timeout: timedelta) -> None:
        self._server = server
        self._timeout_seconds = timeout.total_seconds()
        self._smtp: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, mail: bytes) -> Answer:
        """Returns the server's answer to a mail that it took.

        Raises:
            PermanentFailure: the server refused this mail or this recipient for good.
            TemporaryFailure: the server could not be reached, did not answer in time, or asks for patience.
        """
        try:
            return self._transmit(sender, recipient, mail)
        except smtplib.SMTPResponseException as error:
            self._drop()
            # An answer to connecting or signing in speaks of us, not of the recipient: always worth another try.
            raise TemporaryFailure(_answer(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise TemporaryFailure(Answer(None, masked_answer(f"{type(error).__name__}: {error}"))) from error

    def close(self) -> None:
        """Takes leave of the server, if a connection is open."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
            self._smtp = None

    def _transmit(self, sender: str, recipient: str, mail: bytes) -> Answer:
        smtp = self._begin(sender)
        self._expect(*smtp.rcpt(recipient))
        try:
            return self._expect(*smtp.data(mail))
        except smtplib.SMTPDataError as error:
            return self._expect(error.smtp_code, error.smtp_error)

    def _begin(self, sender: str) -> smtplib.SMTP:
        """Announces a mail, on a new connection when the kept one has gone stale."""
        if self._smtp is not None and self._announce_on_kept(self._smtp, sender):
            return self._smtp
        self._smtp = _connect(self._server, self._timeout_seconds)
        self._expect(*self._smtp.mail(sender))
        return self._smtp

    def _announce_on_kept(self, smtp: smtplib.SMTP, sender: str) -> bool:
        """Returns False when the server has closed, or is closing, the connection (421)."""
        try:
            code, text = smtp.mail(sender)
        except (OSError, smtplib.SMTPException):
            self._drop()
            return False
        if code == 421:
            self._drop()
            return False
        self._expect(code, text)
        return True

    def _expect(self, code: int, text: bytes | str) -> Answer:
        answer = _answer(code, text)
        if not 200 <= code < 300:
            self._forget_mail(code)
            raise failure(answer)
        return answer

    def _forget_mail(self, code: int) -> None:
        # 421 announces that the server hangs up; after any other refusal the connection serves the next mail.
        if code == 421 or self._smtp is None:
            self._drop()
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def _answer(code: int, text: bytes | str) -> Answer:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Answer(code, masked_answer(said))


def _connect(server: SmtpServer, timeout: float) -> smtplib.SMTP:
    secured = ssl.create_default_context() if server.security != "none" else None
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=secured)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        _greet(smtp, server, secured)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _greet(smtp: smtplib.SMTP, server: SmtpServer, secured: ssl.SSLContext | None) -> None:
    smtp.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        smtp.starttls(context=secured)
        smtp.ehlo()
    if server.user is not None:
        smtp.login(server.user, server.password or "")
