"""Delivery status notifications: the mails by which mail servers say that a mail did not arrive (RFC 3464).

Anybody can write such a mail. It counts only when it returns the Message-ID of a mail of ours, which nobody can make up
(`domain/notices.py`): whoever has it was sent the mail, or passed it on.
"""

import hashlib
import re
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from notify_svc.domain.bounces import MAIL_HEADER, Kind, Report, Source, report, status_in

MOST_BYTES = 1024 * 1024
"""What is longer is cut: the report comes first, the returned mail last. Our mails are much shorter."""
MOST_PARTS = 20
MOST_RECIPIENTS = 20
MAY_PASS = re.compile(r"[45]\.(2\.2|4\.7)")
"""A full mailbox, and a time that was over (RFC 3463): no server will try again, and yet the address may be good."""
WORST_FIRST = (Kind.REFUSED, Kind.GIVEN_UP, Kind.DELAYED, Kind.NOTHING)


def read_dsn(raw: bytes) -> Report | None:
    """Returns what a mail reports, or None when it is no delivery status notification that can be read."""
    try:
        mail = message_from_bytes(raw[:MOST_BYTES])
        parts = _parts(mail)
        recipients = _recipients(parts)
        if mail.get_content_type() != "multipart/report" or not recipients:
            return None
        kind, status, said = min((_read(each) for each in recipients), key=lambda each: WORST_FIRST.index(each[0]))
        digest = hashlib.sha256(raw).hexdigest()
        return report(Source.MAILBOX, digest, _returned_mail_id(parts), kind, said, status)
    except (MessageError, RecursionError, LookupError, ValueError, AttributeError, TypeError):
        # The parser is made to take everything, and yet hostile nesting, charsets and headers find its limits.
        return None


def _parts(mail: Message) -> list[Message]:
    payload = mail.get_payload()
    return [part for part in payload[:MOST_PARTS] if isinstance(part, Message)] if isinstance(payload, list) else []


def _recipients(parts: list[Message]) -> list[Message]:
    """Returns the groups of fields about a recipient; the first group of a report is about the mail."""
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            groups = part.get_payload()
            found = groups if isinstance(groups, list) else []
            return [each for each in found[: MOST_RECIPIENTS + 1] if isinstance(each, Message) and each["Action"]]
    return []


def _read(recipient: Message) -> tuple[Kind, str, str]:
    action, status = _text(recipient["Action"]).lower(), _text(recipient["Status"])
    said = _text(recipient["Diagnostic-Code"]) or status
    match action:
        case "failed":
            code = status_in(status) or status_in(said) or "5"
            for_good = code.startswith("5") and not MAY_PASS.fullmatch(code)
            return (Kind.REFUSED if for_good else Kind.GIVEN_UP), status, said
        case "delayed":
            return Kind.DELAYED, status, said
    return Kind.NOTHING, status, said


def _returned_mail_id(parts: list[Message]) -> str:
    """Returns the Message-ID in the returned mail or its headers; empty when nothing was returned."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            returned = _parts(part)[:1]
        elif part.get_content_type() in ("text/rfc822-headers", "message/global-headers"):
            payload = part.get_payload(decode=True)
            returned = [message_from_bytes(payload)] if isinstance(payload, bytes) else _parts(part)[:1]
        else:
            continue
        for mail in returned:
            found = _text(mail[MAIL_HEADER]) or _text(mail["Message-ID"])
            if found:
                return found
    return ""


def _text(header: object) -> str:
    return "" if header is None else " ".join(str(make_header(decode_header(str(header)))).split())
