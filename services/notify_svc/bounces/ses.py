"""Amazon SES, which tells of bounces through Amazon SNS.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from notify_svc.bounces.webhook import Call, UnprovenError, UnreadableError, as_bytes, as_object, read_json, text_of
from notify_svc.domain.bounces import MAIL_HEADER, Kind, Report, Source, report

log = structlog.get_logger(__name__)

HOST = re.compile(r"sns\.([a-z0-9-]{1,30})\.amazonaws\.com(\.cn)?")
CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem")
SECONDS = 5
MOST_CERTIFICATES = 8
# Version 1 is what SNS signs with unless a topic is told otherwise. Its weakness, finding two texts with one digest,
# helps nobody who cannot choose what Amazon signs.
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - see above
    "2": hashes.SHA256(),
}
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": NOTIFICATION,
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}
KINDS = {"Permanent": Kind.REFUSED, "Transient": Kind.GIVEN_UP, "Undetermined": Kind.GIVEN_UP}


def fetch(url: str) -> bytes:
    """Returns what is found at an address of SNS. Raises requests.RequestException."""
    answer = requests.get(url, timeout=SECONDS, allow_redirects=False)
    answer.raise_for_status()
    return answer.content


class Ses:
    """Reads what the operator's topics say.

    Args:
        topics: ARNs; what any other topic says is refused, because everybody can make one that Amazon signs.
        fetch: gets certificates and confirms subscriptions.
    """

    def __init__(self, topics: Sequence[str], fetch: Callable[[str], bytes] = fetch) -> None:
        self._topics = frozenset(topics)
        self._fetch = fetch
        self._certificates: dict[str, x509.Certificate] = {}

    def read(self, call: Call, now: datetime) -> Sequence[Report]:
        """Returns the bounces and complaints of a notification; confirms a subscription to one of the topics."""
        said = as_object(read_json(call.body))
        self._check(said, now)
        if said["Type"] == "Notification":
            return _reports(said)
        if said["Type"] == "SubscriptionConfirmation":
            self._confirm(text_of(said.get("SubscribeURL")), _region(said))
        log.warning("subscription changed", type=said["Type"])
        return ()

    def _check(self, said: dict[str, Any], now: datetime) -> None:
        digest, names = DIGESTS.get(text_of(said.get("SignatureVersion"))), SIGNED.get(text_of(said.get("Type")))
        if digest is None or names is None or said.get("TopicArn") not in self._topics:
            raise UnprovenError("unknown topic, type or version of signature")
        try:
            key = self._key(text_of(said.get("SigningCertURL")), _region(said), now)
            signature = base64.b64decode(text_of(said.get("Signature")), validate=True)
            key.verify(signature, _canonical(said, names), PKCS1v15(), digest)
        except (InvalidSignature, binascii.Error) as error:
            raise UnprovenError("wrong signature") from error

    def _key(self, url: str, region: str, now: datetime) -> RSAPublicKey:
        if not _is_of_sns(url, region) or not CERTIFICATE.fullmatch(urlsplit(url).path) or urlsplit(url).query:
            raise UnprovenError("the certificate is not of SNS")
        certificate = self._certificate(url)
        key = certificate.public_key()
        valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if not valid or not isinstance(key, RSAPublicKey):
            raise UnprovenError("the certificate does not count now")
        return key

    def _certificate(self, url: str) -> x509.Certificate:
        if url not in self._certificates:
            try:
                found = x509.load_pem_x509_certificate(self._fetch(url))
            except (requests.RequestException, ValueError) as error:
                raise UnprovenError("the certificate could not be read") from error
            if len(self._certificates) >= MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = found
        return self._certificates[url]

    def _confirm(self, url: str, region: str) -> None:
        """Subscribes: the operator named the topic in the settings, and Amazon signed the address."""
        if not _is_of_sns(url, region):
            raise UnreadableError("the subscription is not confirmed at SNS")
        try:
            self._fetch(url)
        except requests.RequestException as error:
            raise UnreadableError("the subscription could not be confirmed") from error


def _region(said: dict[str, Any]) -> str:
    """Returns the region in the topic's ARN: arn:partition:sns:region:account:name."""
    return f"{text_of(said.get('TopicArn'))}:::".split(":")[3]


def _is_of_sns(url: str, region: str) -> bool:
    """Whether the address is of SNS in the topic's own region: no stranger makes us ask hosts of their choice."""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None
    except ValueError:
        return False
    host = HOST.fullmatch(parts.hostname or "")
    return parts.scheme == "https" and plain and host is not None and host.group(1) == region


def _canonical(said: dict[str, Any], names: Sequence[str]) -> bytes:
    return as_bytes("".join(f"{name}\n{said[name]}\n" for name in names if said.get(name) is not None))


def _reports(said: dict[str, Any]) -> Sequence[Report]:
    event = as_object(read_json(as_bytes(text_of(said.get("Message")))))
    kind = _kind(event)
    if kind is None:
        return ()
    told = as_object(event.get("bounce") or event.get("complaint") or {})
    recipients = told.get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else {}
    first = first if isinstance(first, dict) else {}
    words = (told.get("bounceSubType"), told.get("complaintFeedbackType"), first.get("diagnosticCode"))
    text = " ".join(text_of(word) for word in words if word)
    mail = _mail_id(as_object(event.get("mail") or {}))
    return (report(Source.SES, text_of(said["MessageId"]), mail, kind, text, text_of(first.get("status"))),)


def _kind(event: dict[str, Any]) -> Kind | None:
    """Returns None for what is no bounce: deliveries, sends, and what Amazon may add."""
    match text_of(event.get("notificationType") or event.get("eventType")):
        case "Bounce":
            return KINDS.get(text_of(as_object(event.get("bounce")).get("bounceType")), Kind.GIVEN_UP)
        case "Complaint":
            return Kind.COMPLAINT
        case "DeliveryDelay":
            return Kind.DELAYED
    return None


def _mail_id(mail: dict[str, Any]) -> str:
    """Returns our Message-ID, which stands in the original headers alone: SES sends the mail with one of its own."""
    headers = mail.get("headers")
    for wanted in (MAIL_HEADER.lower(), "message-id"):
        for header in headers if isinstance(headers, list) else ():
            if isinstance(header, dict) and text_of(header.get("name")).lower() == wanted:
                return text_of(header.get("value"))
    return ""
