"""Providers tell of bounces: each proves itself in its own way, and whoever cannot changes nothing."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from notify_svc.app import create_app
from notify_svc.bounces.ses import Ses
from notify_svc.domain.notices import State
from notify_svc.settings import Settings
from notify_svc.web.bounces import MOST_BYTES, PROVIDERS
from shared.settings import load
from tests.notify_svc import bouncing
from tests.notify_svc.bouncing import Amazon
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import approval_requested, official

NOW = datetime.now(UTC)


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def client(world: World, mail_environ: dict[str, str], amazon: Amazon) -> FlaskClient:
    configured = {
        "BOUNCE_SES_TOPICS": bouncing.TOPIC,
        "BOUNCE_SENDGRID_KEYS": bouncing.sendgrid_public(),
        "BOUNCE_MAILGUN_KEYS": f"old-key,{bouncing.MAILGUN_KEY}",
        "BOUNCE_POSTMARK_CREDENTIALS": bouncing.POSTMARK,
    }
    app = create_app(load(Settings, {**mail_environ, **configured}), world.database)
    app.extensions[PROVIDERS]["ses"] = Ses([bouncing.TOPIC], amazon)
    return app.test_client()


@pytest.fixture
def mail_id(world: World) -> str:
    world.hears_and_works(approval_requested(official("John Smith")))
    return str(world.notice().mail_id)


def bounces(world: World) -> int:
    return sum(kind == "NoticeFailed" for kind, _ in world.told())


def by_sendgrid(client: FlaskClient, *events: dict[str, Any]) -> TestResponse:
    body, headers = bouncing.sendgrid(*events)
    return client.post("/bounces/sendgrid", data=body, headers=headers)


def by_postmark(client: FlaskClient, said: dict[str, Any], credentials: str = bouncing.POSTMARK) -> TestResponse:
    signed_in = base64.b64encode(credentials.encode()).decode()
    return client.post("/bounces/postmark", json=said, headers={"Authorization": f"Basic {signed_in}"})


WAYS: dict[str, Callable[[FlaskClient, str], TestResponse]] = {
    "ses 1": lambda client, mail: client.post("/bounces/ses", json=bouncing.ses_bounce(mail, version="1")),
    "ses 2": lambda client, mail: client.post("/bounces/ses", data=json.dumps(bouncing.ses_bounce(mail))),
    "ses complaint": lambda client, mail: client.post("/bounces/ses", json=bouncing.ses_complaint(mail)),
    "sendgrid": lambda client, mail: by_sendgrid(client, bouncing.sendgrid_event(mail)),
    "sendgrid dropped": lambda client, mail: by_sendgrid(client, bouncing.sendgrid_event(mail, "dropped")),
    "mailgun": lambda client, mail: client.post("/bounces/mailgun", json=bouncing.mailgun(mail, NOW)),
    "postmark": lambda client, mail: by_postmark(client, bouncing.postmark(mail)),
    "postmark complaint": lambda client, mail: by_postmark(client, bouncing.postmark(mail, RecordType="SpamComplaint")),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_provider_can_tell_of_a_bounce_and_may_repeat_itself(
    world: World, client: FlaskClient, mail_id: str, way: str
) -> None:
    assert [WAYS[way](client, mail_id).status_code for _ in range(2)] == [204, 204]

    assert world.notice().state is State.BOUNCED
    assert bounces(world) == 1
    ((_, data),) = [one for one in world.told() if one[0] == "NoticeFailed"]
    assert data["permanent"] is True
    assert "john@alabama" not in str(data)


@pytest.mark.parametrize(
    "said",
    [
        lambda mail_id: ("ses", bouncing.ses_bounce(mail_id, "Transient")),
        lambda mail_id: ("mailgun", bouncing.mailgun(mail_id, NOW, reason="old")),
    ],
)
def test_a_mail_that_was_given_up_is_told_without_blaming_the_address(
    world: World, client: FlaskClient, mail_id: str, said: Callable[[str], tuple[str, dict[str, Any]]]
) -> None:
    provider, event = said(mail_id)
    assert client.post(f"/bounces/{provider}", json=event).status_code == 204
    assert [data["permanent"] for kind, data in world.told() if kind == "NoticeFailed"] == [False]


def test_what_is_no_failure_yet_is_only_noted(world: World, client: FlaskClient, mail_id: str) -> None:
    answers = [
        by_sendgrid(client, bouncing.sendgrid_event(mail_id, "deferred"), bouncing.sendgrid_event(mail_id, "open")),
        client.post("/bounces/mailgun", json=bouncing.mailgun(mail_id, NOW, severity="temporary")),
        client.post("/bounces/mailgun", json=bouncing.mailgun(mail_id, NOW, token="d" * 50, event="delivered")),
        by_postmark(client, bouncing.postmark(mail_id, Type="Transient", Inactive=False)),
        by_postmark(client, bouncing.postmark(mail_id, RecordType="Delivery")),
    ]
    assert [answer.status_code for answer in answers] == [204] * 5
    assert world.notice().state is State.SENT


FORGERIES: dict[str, Callable[[FlaskClient, str], TestResponse]] = {
    "ses, changed text": lambda client, mail: client.post(
        "/bounces/ses", json=bouncing.ses_bounce(mail, Message=json.dumps({"notificationType": "Bounce"}))
    ),
    "ses, other topic": lambda client, mail: client.post(
        "/bounces/ses", json=bouncing.sns({"Type": "Notification", "Message": "{}", "TopicArn": "arn:aws:sns:x:1:mine"})
    ),
    "ses, no signature": lambda client, mail: client.post("/bounces/ses", json=bouncing.ses_bounce(mail, Signature="")),
    "sendgrid, no signature": lambda client, mail: client.post(
        "/bounces/sendgrid", json=[bouncing.sendgrid_event(mail)]
    ),
    "sendgrid, other time": lambda client, mail: client.post(
        "/bounces/sendgrid",
        data=bouncing.sendgrid(bouncing.sendgrid_event(mail))[0],
        headers=bouncing.sendgrid(bouncing.sendgrid_event(mail))[1] | {"X-Twilio-Email-Event-Webhook-Timestamp": "1"},
    ),
    "mailgun, other token": lambda client, mail: client.post(
        "/bounces/mailgun",
        json=bouncing.mailgun(mail, NOW)
        | {"signature": bouncing.mailgun(mail, NOW)["signature"] | {"token": "another-token"}},
    ),
    "mailgun, last week": lambda client, mail: client.post(
        "/bounces/mailgun", json=bouncing.mailgun(mail, NOW - timedelta(days=7))
    ),
    "postmark, no password": lambda client, mail: client.post("/bounces/postmark", json=bouncing.postmark(mail)),
    "postmark, wrong password": lambda client, mail: by_postmark(client, bouncing.postmark(mail), "postmark:guessed"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_whoever_cannot_prove_to_be_the_provider_changes_nothing(
    world: World, client: FlaskClient, mail_id: str, forgery: str
) -> None:
    assert FORGERIES[forgery](client, mail_id).status_code == 403
    assert world.notice().state is State.SENT


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com/upload/mine.pem",
        "https://s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://[bad/SimpleNotificationService-1.pem",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_certificate_is_fetched_from_amazons_own_host_alone(
    client: FlaskClient, amazon: Amazon, mail_id: str, url: str
) -> None:
    assert client.post("/bounces/ses", json=bouncing.ses_bounce(mail_id, SigningCertURL=url)).status_code == 403
    assert amazon.asked == []


def test_a_certificate_is_fetched_once_and_counts_while_it_is_valid(
    client: FlaskClient, amazon: Amazon, mail_id: str
) -> None:
    for _ in range(2):
        assert client.post("/bounces/ses", json=bouncing.ses_bounce(mail_id)).status_code == 204
    assert amazon.asked == [bouncing.CERTIFICATE]


def test_an_expired_certificate_proves_nothing(client: FlaskClient, amazon: Amazon, mail_id: str) -> None:
    amazon.pem = bouncing.certificate(days=-1)
    assert client.post("/bounces/ses", json=bouncing.ses_bounce(mail_id)).status_code == 403


def test_a_subscription_to_the_operators_topic_is_confirmed_at_amazon(client: FlaskClient, amazon: Amazon) -> None:
    said = {"Type": "SubscriptionConfirmation", "Message": "You have chosen", "Token": "2336412f"}
    good = bouncing.sns({**said, "SubscribeURL": bouncing.CONFIRM})
    assert client.post("/bounces/ses", json=good).status_code == 204
    assert amazon.asked == [bouncing.CERTIFICATE, bouncing.CONFIRM]

    elsewhere = bouncing.sns({**said, "SubscribeURL": "https://evil.example/"})
    assert client.post("/bounces/ses", json=elsewhere).status_code == 400
    assert "https://evil.example/" not in amazon.asked


def test_a_mailgun_token_counts_once_whatever_the_body_says(world: World, client: FlaskClient, mail_id: str) -> None:
    """Its signature does not cover the body: what was signed for a harmless event must prove no bounce."""
    heard = bouncing.mailgun("<other@x>", NOW, event="delivered")
    assert client.post("/bounces/mailgun", json=heard).status_code == 204
    forged = bouncing.mailgun(mail_id, NOW)
    assert client.post("/bounces/mailgun", json=forged).status_code == 204
    assert world.notice().state is State.SENT


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "mailgun", "postmark", "nobody"])
def test_a_provider_that_is_not_configured_is_not_there(world: World, settings: Settings, provider: str) -> None:
    unconfigured = create_app(settings, world.database).test_client()
    assert unconfigured.post(f"/bounces/{provider}", json={}).status_code == 404
    assert unconfigured.get(f"/bounces/{provider}").status_code == 405


@pytest.mark.parametrize("body", [b"", b"[", b"[" * 100_000, b'"text"', b"null", b"\xff\xfe", b'{"a": "\\ud800"}'])
def test_nonsense_is_refused_and_breaks_nothing(client: FlaskClient, body: bytes) -> None:
    for provider in ("ses", "sendgrid", "mailgun"):
        assert client.post(f"/bounces/{provider}", data=body).status_code in (400, 403)


@pytest.mark.parametrize(
    "said", [[], {}, {"RecordType": "Bounce"}, {"RecordType": "Bounce", "Metadata": [], "Details": "\ud800\x00"}]
)
def test_what_is_proven_but_odd_breaks_nothing(client: FlaskClient, world: World, mail_id: str, said: Any) -> None:
    assert by_postmark(client, said).status_code in (204, 400)
    body, headers = bouncing.sendgrid({"event": "bounce", "countersign_mail": ["x"], "reason": {"a": 1}})
    assert client.post("/bounces/sendgrid", data=body, headers=headers).status_code == 204
    assert world.notice().state is State.SENT


def test_a_body_without_end_is_not_read(client: FlaskClient) -> None:
    assert client.post("/bounces/mailgun", data=b"x" * (MOST_BYTES + 1)).status_code == 413


def test_a_certificate_from_another_region_than_the_topics_is_not_fetched(
    client: FlaskClient, mail_id: str, amazon: Amazon
) -> None:
    elsewhere = bouncing.CERTIFICATE.replace("us-east-1", "eu-west-1")
    said = bouncing.ses_bounce(mail_id, SigningCertURL=elsewhere)
    assert client.post("/bounces/ses", json=said).status_code == 403
    assert amazon.asked == []


def test_whoever_is_refused_often_has_to_wait_and_a_provider_beside_them_does_not(
    world: World, client: FlaskClient, mail_id: str
) -> None:
    def guess() -> int:
        return client.post("/bounces/ses", json={}, environ_base={"REMOTE_ADDR": "203.0.113.5"}).status_code

    assert {guess() for _ in range(30)} == {403}
    assert guess() == 429
    for number in range(40):
        event = bouncing.sendgrid_event(mail_id, sg_event_id=str(number))
        assert by_sendgrid(client, event).status_code == 204, "what is proven is not counted"


def test_two_events_without_an_id_are_two(world: World, client: FlaskClient, mail_id: str) -> None:
    delayed = bouncing.sendgrid_event(mail_id, "deferred", sg_event_id=None)
    by_sendgrid(client, delayed)
    by_sendgrid(client, bouncing.sendgrid_event(mail_id, sg_event_id=None))
    assert world.notice().state is State.BOUNCED


def test_two_events_of_postmark_without_an_id_are_two(world: World, client: FlaskClient, mail_id: str) -> None:
    by_postmark(client, bouncing.postmark(mail_id, ID=None, Type="Transient", Inactive=False))
    by_postmark(client, bouncing.postmark(mail_id, ID=None))
    assert world.notice().state is State.BOUNCED
