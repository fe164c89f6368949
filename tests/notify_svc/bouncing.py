"""Bounces as the providers and mail servers write them, with real signatures."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:us-east-1:123456789012:bounces"
CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f"
MAILGUN_KEY = "m" * 32
POSTMARK = "postmark:a-password-of-many-letters"


@cache
def sns_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def sendgrid_public() -> str:
    der = sendgrid_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@cache
def certificate(days: int = 365) -> bytes:
    """Amazon's, as far as the reader can tell: what counts is that it comes from Amazon's host."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(sns_key().public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=500)).not_valid_after(now + timedelta(days=days))
    return made.sign(sns_key(), hashes.SHA256()).public_bytes(Encoding.PEM)


@dataclass
class Amazon:
    """What stands behind Amazon's addresses."""

    pem: bytes = field(default_factory=certificate)
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self.pem


def sns(said: dict[str, Any], version: str = "2", **changed: Any) -> dict[str, Any]:
    """Returns an SNS message with Amazon's signature; `changed` takes effect after it was signed."""
    filled = {"MessageId": "sns-1", "TopicArn": TOPIC, "Timestamp": "2026-11-23T11:00:00.000Z", **said}
    filled |= {"SignatureVersion": version, "SigningCertURL": CERTIFICATE}
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{filled[name]}\n" for name in names if name in filled)
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = sns_key().sign(text.encode(), PKCS1v15(), digest)
    return filled | {"Signature": base64.b64encode(signature).decode()} | changed


def ses_bounce(mail_id: str, bounce_type: str = "Permanent", **changed: Any) -> dict[str, Any]:
    recipient = {
        "emailAddress": "john@alabama.example.gov",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 <john@alabama.example.gov>... User unknown",
    }
    event = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": bounce_type, "bounceSubType": "General", "bouncedRecipients": [recipient]},
        "mail": {"messageId": "amazons-own", "headers": [{"name": "Message-ID", "value": mail_id}]},
    }
    return sns({"Type": "Notification", "Message": json.dumps(event)}, **changed)


def ses_complaint(mail_id: str) -> dict[str, Any]:
    event = {
        "eventType": "Complaint",
        "complaint": {"complaintFeedbackType": "abuse"},
        "mail": {"headers": [{"name": "X-Countersign-Mail", "value": mail_id}]},
    }
    return sns({"Type": "Notification", "Message": json.dumps(event)})


def sendgrid(*events: dict[str, Any], timestamp: str = "1795000000") -> tuple[bytes, dict[str, str]]:
    """Returns body and headers of SendGrid's call."""
    body = json.dumps(list(events)).encode()
    signature = sendgrid_key().sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return body, {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


def sendgrid_event(mail_id: str, name: str = "bounce", **more: Any) -> dict[str, Any]:
    return {
        "email": "john@alabama.example.gov",
        "event": name,
        "type": "bounce",
        "sg_event_id": f"sg-{name}",
        "countersign_mail": mail_id,
        "reason": "550 5.1.1 no such user",
        "status": "5.1.1",
    } | more


def mailgun(mail_id: str, at: datetime, token: str = "t" * 50, **event: Any) -> dict[str, Any]:
    timestamp = str(int(at.timestamp()))
    signed = hmac.new(MAILGUN_KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    told = {
        "event": "failed",
        "severity": "permanent",
        "message": {"headers": {"message-id": mail_id.strip("<>")}},
        "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "no such user"},
    }
    return {"signature": {"timestamp": timestamp, "token": token, "signature": signed}, "event-data": told | event}


def postmark(mail_id: str, **more: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "ID": 4323372036854775807,
        "Type": "HardBounce",
        "Email": "john@alabama.example.gov",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
        "Inactive": True,
        "Metadata": {"countersign-mail": mail_id},
    } | more


def dsn(mail_id: str, *, action: str = "failed", status: str = "5.1.1", said: str | None = None) -> bytes:
    """Returns a delivery status notification, as Postfix writes them."""
    said = said or f"550 {status} <john@alabama.example.gov>: Recipient address rejected"
    return f"""From: MAILER-DAEMON@mx.example.gov (Mail Delivery System)
To: donotreply.HARP@hcqis.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"
Message-Id: <20261123110000.1@mx.example.gov>

--=_b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.gov
Arrival-Date: Mon, 23 Nov 2026 11:00:00 +0000 (UTC)

Final-Recipient: rfc822; john@alabama.example.gov
Original-Recipient: rfc822;john@alabama.example.gov
Action: {action}
Status: {status}
Remote-MTA: dns; mail.alabama.example.gov
Diagnostic-Code: smtp; {said}

--=_b
Content-Type: text/rfc822-headers

Return-Path: <donotreply.HARP@hcqis.org>
Subject: Please decide
Message-ID:
 {mail_id}

--=_b--
""".replace("\n", "\r\n").encode()
