"""A running provider and a running relying party, each an ordinary web server."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask, jsonify, render_template_string
from werkzeug.serving import make_server

from deploy.local.ports import free_numbers
from identity_svc.app import create_app
from identity_svc.settings import Settings
from shared import settings as shared_settings
from shared.clock import utc_now
from shared.closed_accounts import closed_accounts
from shared.db import Database
from shared.settings import SignInSettings
from shared.web import signin
from shared.web.access import signed_in
from shared.web.factory import base_app
from shared.web.person import SignedIn, current_person
from tests.identity_svc.factories import CLIENT_SECRET, new_account
from tests.identity_svc.walker import Walker


@contextmanager
def serving(app: Flask, url: str) -> Iterator[None]:
    server = make_server("127.0.0.1", int(url.rpartition(":")[2]), app, threaded=True)
    # Half a second, the default between two looks at whether to stop, would be most of what each test takes.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


PAGE = """
{% extends "base.html" %}
{% block title %}Page{% endblock %}
{% block content %}<h1>{{ person.name }}</h1>{% endblock %}
"""


class RelyingPartySettings(SignInSettings):
    """The least that a relying party is configured with."""

    service: ClassVar[str] = "request_svc"


@pytest.fixture
def provider_url() -> str:
    return f"http://127.0.0.1:{free_numbers(1)[0]}"


@pytest.fixture
def client_url() -> str:
    return f"http://127.0.0.1:{free_numbers(1)[0]}"


@pytest.fixture
def environ(settings_environ: dict[str, str], tmp_path: Path, provider_url: str, client_url: str) -> dict[str, str]:
    """Provider and relying party know each other; counts for rate limits start at nothing."""
    client = {
        "client_id": "request_svc",
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"{client_url}/sign-in/callback"],
        "post_logout_redirect_uris": [f"{client_url}/signed-out"],
    }
    other = client | {"client_id": "other", "client_secret": CLIENT_SECRET[::-1]}
    clients = tmp_path / "clients.json"
    clients.write_text(json.dumps([client, other]))
    return settings_environ | {
        "IDENTITY_SVC_CLIENTS_FILE": str(clients),
        "IDENTITY_SVC_PUBLIC_URL": provider_url,
        "RATE_LIMIT_URL": "memory://",
        "OIDC_ISSUER": provider_url,
        "REQUEST_SVC_PUBLIC_URL": client_url,
        "REQUEST_SVC_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return shared_settings.load(Settings, environ)


@pytest.fixture
def app(settings: Settings, identity_database: Database) -> Flask:
    return create_app(settings, identity_database)


@pytest.fixture
def angela(identity_database: Database) -> str:
    """An account; returns its user ID."""
    with identity_database.transaction() as session:
        account = new_account(now=utc_now())
        session.add(account)
        return account.user_id


@pytest.fixture
def provider(app: Flask, provider_url: str) -> Iterator[str]:
    with serving(app, provider_url):
        yield provider_url


@pytest.fixture
def came_in() -> list[SignedIn]:
    """Who signed in to the relying party, as it was told."""
    return []


@pytest.fixture
def relying_party(
    environ: dict[str, str], identity_database: Database, client_url: str, came_in: list[SignedIn]
) -> Iterator[str]:
    """A page for people who are signed in, behind shared.web.signin."""
    loaded = shared_settings.load(RelyingPartySettings, environ)
    closed_accounts.create(identity_database.engine, checkfirst=True)  # a table of relying parties
    client = base_app("tests.identity_svc", loaded, identity_database, form_targets=loaded.oidc_issuer)
    signin.init(client, loaded, on_sign_in=came_in.append)
    client.context_processor(lambda: {"site_name": "iQIES", "home_url": "/", "navigation": []})

    @client.get("/profile")
    @signed_in
    def profile() -> Any:
        return jsonify(current_person())

    @client.get("/page")
    @signed_in
    def page() -> str:
        return render_template_string(PAGE)

    with serving(client, client_url):
        yield client_url


@pytest.fixture
def walker(provider: str, relying_party: str) -> Walker:
    return Walker(provider, relying_party)


@pytest.fixture
def person(walker: Walker, angela: str) -> Walker:
    """A browser in which Angela is signed in at the provider."""
    walker.sign_in_here(angela)
    return walker
