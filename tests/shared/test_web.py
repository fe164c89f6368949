"""What every service's pages have in common: guards, headers, cookies, forms, errors, times."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate
from structlog.testing import capture_logs

from shared import clock
from shared.db import Database
from shared.settings import ServiceSettings, load
from shared.texts import clean
from shared.web import signin
from shared.web.access import operations, public, signed_in
from shared.web.factory import base_app
from shared.web.forms import parse
from shared.web.person import SignedIn, new_session
from shared.web.signin import safe_next
from tests.shared.test_settings import GOOD, Kiosk

PERSON: dict[str, Any] = {"user_id": "ada", "name": "Ada", "email": "a@x.example", "phone": None, "zone": None}


def kiosk(database: Database, **environ: str) -> Flask:
    settings: ServiceSettings = load(Kiosk, GOOD | {"ASSETS_DIR": str(Path(__file__).parent)} | environ)
    app = base_app(__name__, settings, database)
    app.register_blueprint(signin.pages)
    app.context_processor(lambda: {"site_name": "Kiosk", "home_url": "/", "navigation": []})
    app.config["TESTING"] = True

    @app.get("/open")
    @public("the test needs one")
    def open_page() -> str:
        return "open"

    @app.get("/mine")
    @signed_in
    def mine() -> str:
        return "mine"

    @app.get("/operations")
    @operations
    def console() -> str:
        return "console"

    @app.get("/forgotten")
    def forgotten() -> str:
        return "nobody said who may see this"

    @app.post("/change")
    @public("the test needs one")
    def change() -> str:
        session["changed"] = True
        return "changed"

    @app.get("/broken")
    @public("the test needs one")
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    return app


@pytest.fixture
def client(database: Database) -> FlaskClient:
    return kiosk(database).test_client()


def sign_in(client: FlaskClient, **changes: Any) -> None:
    with client.session_transaction(base_url="https://kiosk.example") as stored:
        stored.update(new_session(SignedIn(**{"is_operations": False} | PERSON | changes), clock.utc_now()))


def get(client: FlaskClient, path: str, **options: Any) -> Any:
    return client.get(path, base_url="https://kiosk.example", **options)


def test_a_stranger_sees_public_pages_and_is_sent_to_sign_in_for_others(client: FlaskClient) -> None:
    assert get(client, "/open").status_code == 200
    answer = get(client, "/mine?tab=2")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/mine%3Ftab%3D2"


def test_a_form_sent_after_sign_in_ended_leads_back_to_the_page_that_holds_it(database: Database) -> None:
    app = kiosk(database)
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/mine/confirm", "confirm", signed_in(lambda: "confirmed"), methods=["POST"])
    answer = app.test_client().post("/mine/confirm", base_url="https://kiosk.example")
    assert answer.location == "/sign-in?next=/mine"


def test_a_view_that_does_not_say_who_may_see_it_is_refused_even_to_those_signed_in(client: FlaskClient) -> None:
    sign_in(client, is_operations=True)
    assert get(client, "/forgotten").status_code == 403


def test_operations_pages_are_for_operations(client: FlaskClient) -> None:
    sign_in(client)
    assert get(client, "/operations").status_code == 403
    sign_in(client, is_operations=True)
    assert get(client, "/operations").status_code == 200


def test_a_form_without_its_token_is_refused_in_plain_words(client: FlaskClient) -> None:
    answer = client.post("/change", base_url="https://kiosk.example")
    assert answer.status_code == 400
    assert "This page has expired" in answer.text


def test_an_error_page_tells_nothing_of_the_inside(database: Database) -> None:
    app = kiosk(database)
    app.config["TESTING"] = False
    answer = app.test_client().get("/broken", base_url="https://kiosk.example")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Something went wrong on our side" in answer.text


def test_a_page_says_that_it_is_away_while_its_database_is(database: Database) -> None:
    app = kiosk(database)
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")

    @app.get("/stored")
    @public("the test needs one")
    def stored() -> str:
        with away.reading():
            return "stored"

    answer = app.test_client().get("/stored", base_url="https://kiosk.example")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Not available for a moment" in answer.text


def test_what_no_error_page_can_be_made_for_is_logged_without_its_path(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    app = kiosk(database)
    app.config["TESTING"] = False

    @app.get("/decide/<token>")
    @public("the test needs one")
    def decide(token: str) -> str:
        raise ZeroDivisionError

    @app.context_processor
    def away() -> dict[str, object]:
        raise OSError("away")

    with capture_logs() as logged, pytest.raises(OSError, match="away"):
        app.test_client().get("/decide/a-link-that-works", base_url="https://kiosk.example")
    assert any(line["route"] == "/decide/<token>" for line in logged if line["log_level"] == "error")
    assert "a-link-that-works" not in f"{logged} {caplog.text}"


def test_headers_and_cookie_are_strict(client: FlaskClient) -> None:
    sign_in(client)
    answer = get(client, "/open")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    cookie = client.get_cookie("__Host-kiosk", domain="kiosk.example")
    assert cookie is not None
    assert cookie.secure
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_a_foreign_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/open", base_url="https://evil.example").status_code == 400


def test_too_large_a_form_is_refused_in_plain_words(client: FlaskClient) -> None:
    answer = client.post("/change", base_url="https://kiosk.example", data={"text": "x" * 300_000})
    assert answer.status_code == 413
    assert "larger than this form can take" in answer.text


def test_health_says_yes_and_readiness_asks_the_database(client: FlaskClient, servers: Any) -> None:
    assert get(client, "/healthz").json == {"alive": True}
    assert get(client, "/readyz").status_code == 200
    away = kiosk(Database("postgresql+psycopg://nobody@127.0.0.1:9/none")).test_client()
    assert get(away, "/readyz").status_code == 503


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/my-profile?x=1", "/my-profile?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-in", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/x/../sign%2Din/", "/"),
        ("/sign-in/callback?code=x", "/"),
        ("/signed-out#top", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_after_sign_in_nobody_is_sent_elsewhere(target: str | None, goes_to: str) -> None:
    assert safe_next(target) == goes_to


class OrderSchema(Schema):
    name = fields.String(required=True, error_messages={"required": "Enter a name."}, validate=validate.Length(max=5))
    colors = fields.List(fields.String(validate=validate.OneOf(["red", "blue"], error="Choose a color of the list.")))


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong_at_the_field() -> None:
    form = parse(OrderSchema(), {"name": [""], "colors": ["red", "green"]})
    assert form.errors == {"name": "Enter a name.", "colors": "Choose a color of the list."}
    assert form.values("colors") == ["red", "green"]
    assert form.with_errors(name="Taken.").errors["name"] == "Taken."


def test_a_good_form_has_data() -> None:
    form = parse(OrderSchema(), {"name": ["Ada"], "colors": ["red"], "unknown": ["x"]})
    assert form.ok
    assert form.data == {"name": "Ada", "colors": ["red"]}


def test_control_characters_are_dropped_and_line_ends_kept() -> None:
    assert clean(" a\x00b\x1b[31m\nc\td\x7f ") == "ab[31m\nc\td"
    assert clean("deny \u202eyned\u202c all") == "deny yned all"


def test_the_reader_sees_their_own_zone_with_its_name() -> None:
    instant = datetime(2025, 6, 19, 3, 5, tzinfo=UTC)
    assert clock.format_instant(instant, ZoneInfo("America/Chicago")) == "06/18/2025 10:05 PM CDT"
    assert clock.format_date(instant, ZoneInfo("America/New_York")) == "06/18/2025"
    with pytest.raises(clock.NaiveDatetimeError):
        clock.as_utc(datetime(2025, 6, 19))  # noqa: DTZ001 - the fault under test
