"""The settings of the local stack: complete, private, and the same after a restart."""

import json
import stat
from pathlib import Path

import pytest

from deploy.local.environment import Environment, new_password, prepare, read
from deploy.local.layout import Layout
from deploy.local.ports import Ports
from deploy.local.programs import ROLES
from shared import settings
from shared.service import Service, installed_services


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "stack")
    layout.make()
    return layout


@pytest.fixture
def environment(layout: Layout) -> Environment:
    return prepare(layout, Ports())


def test_secrets_outlive_a_restart_on_other_ports(layout: Layout, environment: Environment) -> None:
    later = prepare(layout, Ports(request=9001, postgres=9432))
    for name in ("POSTGRES_PASSWORD", "REQUEST_SVC_SECRET_KEYS", "LINK_SIGNING_KEYS", "DEMONSTRATION_PASSWORD"):
        assert later.values[name] == environment.values[name]
    assert later.url("request_svc") == "http://127.0.0.1:9001"
    assert ":9432/" in later.database_url("approval_svc")


def test_a_setting_that_shall_be_otherwise_is(layout: Layout) -> None:
    assert prepare(layout, Ports(), {"SMTP_URL": "smtp://127.0.0.1:2525"}).values["SMTP_URL"].endswith(":2525")
    assert prepare(layout, Ports()).values["SMTP_URL"].endswith(":1025")


def test_two_stacks_share_no_secret(environment: Environment, tmp_path: Path) -> None:
    other = Layout(tmp_path / "other")
    other.make()
    secrets = ("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "IDENTITY_SVC_SECRET_KEYS", "DEMONSTRATION_PASSWORD")
    values = prepare(other, Ports()).values
    assert all(values[name] != environment.values[name] for name in secrets)


def test_only_their_owner_can_read_secrets(layout: Layout, environment: Environment) -> None:
    for file in (layout.settings, layout.clients, layout.password):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_the_settings_file_holds_the_whole_environment(layout: Layout, environment: Environment) -> None:
    assert read(layout.settings) == environment.values


def test_every_service_finds_all_that_it_asks_for(environment: Environment) -> None:
    for service in installed_services():
        settings.load(service.load(service.settings), environment.values)


def test_every_process_of_every_service_is_started() -> None:
    assert {service.name: service.roles for service in installed_services()} == ROLES


@pytest.mark.parametrize("service", [s for s in installed_services() if s.name != "identity_svc"], ids=lambda s: s.name)
def test_identity_svc_knows_each_relying_party(service: Service, layout: Layout, environment: Environment) -> None:
    relying_party = settings.load(service.load(service.settings), environment.values)
    clients = {client["client_id"]: client for client in json.loads(layout.clients.read_text())}
    client = clients[relying_party.oidc_client_id]
    assert client["client_secret"] == relying_party.oidc_client_secret
    assert client["redirect_uris"] == [f"{relying_party.public_url}/sign-in/callback"]


def test_the_demonstration_password_is_long_and_mixed() -> None:
    for _ in range(100):
        password = new_password()
        assert len(password) >= 15
        assert any(map(str.islower, password))
        assert any(map(str.isupper, password))
        assert any(map(str.isdigit, password))
