"""From rendered parts to the bytes that a mail server takes (RFC 5322, RFC 2045)."""

import json
from collections.abc import Iterator
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from uuid import UUID

from notify_svc.domain.bounces import MAIL_HEADER, POSTMARK_METADATA, SENDGRID_ARGUMENT
from notify_svc.mail.render import Rendered
from notify_svc.mail.server import Sender
from shared.texts import one_line

# Quoted-printable keeps a mail readable in its raw form; base64, the default for UTF-8, looks like spam to filters.
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_WIRE = compat32.clone(linesep="\r\n")


def compose(
    rendered: Rendered, *, sender: Sender, name: str, address: str, mail_id: str, correlation_id: UUID, now: datetime
) -> bytes:
    """Returns the whole mail to one recipient, with CRLF line ends.

    No header can hold a line break: what people wrote is folded to one line before it is encoded.
    """
    mail = MIMEMultipart("alternative")
    mail["From"] = formataddr((sender.name, sender.address))
    mail["To"] = formataddr((one_line(name), address))
    mail["Subject"] = str(Header(one_line(rendered.subject), "utf-8", header_name="Subject"))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = mail_id
    mail[MAIL_HEADER] = mail_id
    for header, value in _for_providers(mail_id):
        mail[header] = value
    mail["X-Countersign-Correlation"] = str(correlation_id)
    # A machine wrote this and wants no machine's answer (RFC 3834, section 5; Exchange's own header).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.attach(MIMEText(rendered.text, "plain", _UTF8))  # type: ignore[arg-type]  # typeshed knows names only
    mail.attach(MIMEText(rendered.html, "html", _UTF8))  # type: ignore[arg-type]  # MIMEText takes a Charset; its stub says str
    return mail.as_bytes(policy=_WIRE)


def _for_providers(mail_id: str) -> Iterator[tuple[str, str]]:
    """Yields what makes providers name our Message-ID when they tell of a bounce; others pass these headers by.

    SendGrid: unique arguments of its SMTP API. Postmark: metadata, and to keep the Message-ID. Amazon SES returns the
    headers, Mailgun the Message-ID, without being asked.
    """
    yield "X-SMTPAPI", json.dumps({"unique_args": {SENDGRID_ARGUMENT: mail_id}})
    yield f"X-PM-Metadata-{POSTMARK_METADATA}", mail_id
    yield "X-PM-KeepID", "true"
