"""From rendered parts to the bytes that a mail server takes (RFC 5322, RFC 2045)."""

from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from uuid import UUID

from notify_svc.domain.addresses import one_line
from notify_svc.mail.render import Rendered
from notify_svc.mail.server import Sender

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
    mail["X-Countersign-Correlation"] = str(correlation_id)
    # A machine wrote this and wants no machine's answer (RFC 3834, section 5; Exchange's own header).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.attach(MIMEText(rendered.text, "plain", _UTF8))  # type: ignore[arg-type]  # typeshed knows names only
    mail.attach(MIMEText(rendered.html, "html", _UTF8))  # type: ignore[arg-type]  # as above
    return mail.as_bytes(policy=_WIRE)
