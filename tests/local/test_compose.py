"""docker-compose.yml: well formed, complete, and each container given all that its process asks for and no more."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from deploy.compose.make_secrets import write_all
from deploy.local.layout import ROOT
from shared import settings
from shared.cli import main
from shared.service import find_service, installed_services

FILE = ROOT / "docker-compose.yml"
RUN_SECRETS = "/run/secrets/"
SERVERS = {"postgres", "valkey", "mailpit"}
DEMONSTRATION = "demonstration"
LOADS = {
    "load": "request_svc",
    "demonstration-organizations": "request_svc",
    "demonstration-accounts": "identity_svc",
    "demonstration-officials": "approval_svc",
}
"""The containers that bring data in and end, in an order that works, each with the service that it does so for."""
READER = "notify-bounces"
"""The container that reads the mailbox of returned mails; it is a command, not a process of the runner."""
# What is not a setting: the runner's ready file (shared/runner.py).
OTHER_VARIABLES = {"READY_FILE", "AUTHLIB_INSECURE_TRANSPORT"}

# The part of the Compose Specification that the file uses; a misspelt key is an error there too.
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("compose.schema.json").read_text())

Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    loaded: Compose = yaml.safe_load(FILE.read_text())
    return loaded


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("compose") / "secrets"
    write_all(directory)
    return directory


def processes() -> list[tuple[str, str]]:
    return [(service.name, role) for service in installed_services() for role in service.roles]


def container(compose: Compose, service: str, role: str) -> Compose:
    found: Compose = compose["services"][f"{service.removesuffix('_svc')}-{role}"]
    return found


def environ_inside(container: Compose, secrets: Path) -> dict[str, str]:
    """The environment as the process sees it, with the secrets that its container mounts where they lie here."""
    mounted = {RUN_SECRETS + name: str(secrets / name) for name in container["secrets"]}
    image = {"ASSETS_DIR": "/opt/assets"}
    return image | {name: mounted.get(value, value) for name, value in container["environment"].items()}


def test_it_is_a_compose_file(compose: Compose) -> None:
    assert not [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(compose)]


def test_a_misspelt_key_is_found(compose: Compose) -> None:
    misspelt = {**compose, "services": {"request-web": {"image": "countersign", "depend_on": ["postgres"]}}}
    assert list(Draft202012Validator(SCHEMA).iter_errors(misspelt))


def test_every_process_has_a_container_and_every_container_a_purpose(compose: Compose) -> None:
    wanted = {f"{service.removesuffix('_svc')}-{role}" for service, role in processes()}
    assert set(compose["services"]) == wanted | SERVERS | {"migrate", READER, *LOADS}


@pytest.mark.parametrize(("service", "role"), processes())
def test_each_container_runs_its_process(compose: Compose, service: str, role: str) -> None:
    assert container(compose, service, role)["command"] == ["run", service, role]


@pytest.mark.parametrize(("service", "role"), processes())
def test_each_process_finds_its_settings(compose: Compose, secrets: Path, service: str, role: str) -> None:
    environ = environ_inside(container(compose, service, role), secrets)
    found = find_service(service)
    settings.load(found.load(found.settings), environ)


def test_migrations_find_the_settings_of_every_service(compose: Compose, secrets: Path) -> None:
    environ = environ_inside(compose["services"]["migrate"], secrets)
    for service in installed_services():
        settings.load(service.load(service.settings), environ)


def containers(service: str) -> set[str]:
    """The names of the containers that work for a service."""
    running = {f"{service.removesuffix('_svc')}-{role}" for role in find_service(service).roles}
    loads = {name for name, loaded_for in LOADS.items() if loaded_for == service}
    return running | loads | ({READER} if service == "notify_svc" else set())


@pytest.mark.parametrize("service", [service.name for service in installed_services()])
def test_no_service_sees_the_secrets_of_another(compose: Compose, service: str) -> None:
    others = {other.name for other in installed_services()} - {service}
    mounted = {secret for name in containers(service) for secret in compose["services"][name]["secrets"]}
    assert not [secret for secret in mounted if secret.startswith(tuple(others))]


@pytest.mark.parametrize(("name", "service"), LOADS.items())
def test_what_brings_data_in_finds_its_settings(compose: Compose, secrets: Path, name: str, service: str) -> None:
    found = find_service(service)
    settings.load(found.load(found.settings), environ_inside(compose["services"][name], secrets))


@pytest.mark.parametrize("name", LOADS)
def test_data_is_brought_in_once_and_after_the_migrations(compose: Compose, name: str) -> None:
    definition = compose["services"][name]
    assert definition["restart"] == "no"
    assert definition["healthcheck"] == {"disable": True}
    first = definition["depends_on"]
    while "migrate" not in first:
        (before,) = first
        assert first[before] == {"condition": "service_completed_successfully"}
        first = compose["services"][before]["depends_on"]
    assert first["migrate"] == {"condition": "service_completed_successfully"}


def test_what_is_made_up_or_not_everywhere_comes_by_its_profile_only(compose: Compose) -> None:
    profiles = {name: each["profiles"] for name, each in compose["services"].items() if "profiles" in each}
    made_up = {name: [DEMONSTRATION] for name in LOADS if name.startswith(DEMONSTRATION)}
    assert profiles == made_up | {READER: ["bounces"]}


@pytest.mark.usefixtures("notify_database")
def test_returned_mails_are_read_from_the_mailbox_that_the_operator_names(
    compose: Compose, secrets: Path, settings_environ: dict[str, str], tmp_path: Path
) -> None:
    definition = compose["services"][READER]
    assert definition["environment"]["BOUNCE_MAILBOX_URL"] == "${BOUNCE_MAILBOX_URL:-}"
    named = {"BOUNCE_MAILBOX_URL": f"maildir:{tmp_path}"}
    service = find_service("notify_svc")
    settings.load(service.load(service.settings), environ_inside(definition, secrets) | named)

    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    *words, every, seconds = definition["command"]
    assert (every, seconds.isdecimal()) == ("--every", True)
    result = CliRunner(env=settings_environ | named).invoke(main, words)
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.usefixtures("request_database", "identity_database", "approval_database")
def test_the_commands_that_bring_data_in_do_so(
    compose: Compose, secrets: Path, settings_environ: dict[str, str]
) -> None:
    inside = {"/demo": ROOT / "deploy/local/demo", RUN_SECRETS.rstrip("/"): secrets}
    printed = []
    for name in LOADS:
        words = [outside(inside, word) for word in compose["services"][name]["command"]]
        result = CliRunner(env=settings_environ).invoke(main, words)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        printed.append(result.stdout)
    states, organizations, accounts, officials = printed
    assert states.startswith("62 added")
    assert "62 unchanged" in organizations
    assert "0 refused" in accounts
    assert not officials.startswith("0 added")


def outside(mounts: dict[str, Path], word: str) -> str:
    """The path here of a file that a container sees at `word`; other words stay."""
    for mount, source in mounts.items():
        if word.startswith(f"{mount}/"):
            return str(source / word.removeprefix(f"{mount}/"))
    return word


def test_every_variable_is_a_known_setting(compose: Compose) -> None:
    described = [row for s in installed_services() for row in settings.describe(s.load(s.settings))]
    known = {row.name for row in described} | {f"{row.name}_FILE" for row in described if row.secret} | OTHER_VARIABLES
    for service in installed_services():
        for name in containers(service.name):
            assert set(compose["services"][name]["environment"]) <= known


def test_what_is_waited_for_exists_and_tells_when_it_is_there(compose: Compose) -> None:
    for name, definition in compose["services"].items():
        for other, wait in definition.get("depends_on", {}).items():
            assert other in compose["services"], name
            if wait["condition"] == "service_healthy":
                assert "test" in compose["services"][other]["healthcheck"], other


def test_every_secret_is_declared_and_made(compose: Compose, secrets: Path) -> None:
    used = {secret for definition in compose["services"].values() for secret in definition.get("secrets", [])}
    assert used == set(compose["secrets"])
    assert {Path(secret["file"]).name for secret in compose["secrets"].values()} == {
        file.name for file in secrets.iterdir()
    }


def test_secrets_are_made_once(secrets: Path) -> None:
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    write_all(secrets)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before


def test_every_file_that_is_mounted_or_built_from_exists(compose: Compose) -> None:
    sources = [volume.split(":")[0] for s in compose["services"].values() for volume in s.get("volumes", [])]
    assert all((ROOT / source).exists() for source in sources if source.startswith("./"))
    assert {source for source in sources if not source.startswith("./")} == set(compose["volumes"])
    assert (ROOT / compose["x-process"]["build"]["dockerfile"]).exists()


def test_nothing_listens_beyond_this_machine(compose: Compose) -> None:
    published = [port for s in compose["services"].values() for port in s.get("ports", [])]
    assert len(published) == 5
    assert all(port.startswith("127.0.0.1:") for port in published)
