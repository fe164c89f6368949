"""No process that reads the catalog, and the deadline policy in it, starts with one that cannot be used."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from shared import runner
from shared.catalog import loader, require_sound_catalog, the_catalog
from shared.cli import main
from shared.service import Service, installed_services
from tests.catalog.conftest import Spoil
from tests.conftest import ROOT

Start = Callable[[str, str], str]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Puts a directory in the place of the packaged data."""

    def install(directory: Path) -> None:
        monkeypatch.setattr(loader, "DATA", directory)
        the_catalog.cache_clear()

    yield install
    the_catalog.cache_clear()


@pytest.fixture
def start(settings_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a process that says "started" where it would go on to work; returns what it prints."""
    for role in ("_web", "_worker", "_relay", "_beat"):
        monkeypatch.setattr(runner, role, lambda *_: click.echo("started"))
    for global_effect in ("shared.logs.configure", "shared.runner.this_process"):
        monkeypatch.setattr(global_effect, lambda *_, **__: None)

    def start(service: str, role: str) -> str:
        result = CliRunner(env=settings_environ).invoke(main, ["run", service, role])
        assert result.exit_code == (0 if "started" in result.output else 1), result.output
        return result.output

    return start


def test_the_packaged_catalog_is_sound() -> None:
    require_sound_catalog()


@pytest.mark.parametrize(
    ("words", "by", "problem"),
    [
        ("expiry: 20", "expiry: soon", "deadlines.yaml: defaults.expiry: Must be a whole number."),
        ("[5, 1]", "[]", "deadlines.yaml: defaults: Nothing expires unannounced: an expiry notice is needed."),
        (
            "  - organization_kind: state\n",
            "  - role: no-such-role\n",
            "deadlines.yaml: no-such-role: The role “no-such-role” does not exist.",
        ),
    ],
)
@pytest.mark.parametrize("process", ["approval_svc beat", "approval_svc worker", "request_svc web"])
def test_with_a_bad_policy_nothing_starts_and_each_fault_is_named(
    spoil: Spoil, install: Callable[[Path], None], start: Start, process: str, words: str, by: str, problem: str
) -> None:
    install(spoil("deadlines.yaml", words, by))
    service, role = process.split()
    said = start(service, role)
    assert said.startswith("Error: the catalog cannot be used:\n  ")
    assert problem in said


def test_with_a_sound_one_it_starts_and_what_reads_none_starts_with_any(
    spoil: Spoil, install: Callable[[Path], None], start: Start
) -> None:
    assert start("approval_svc", "beat") == "started\n"
    install(spoil("deadlines.yaml", "[5, 1]", "[]"))
    assert start("approval_svc", "relay") == "started\n"


def test_every_service_that_reads_the_catalog_says_so() -> None:
    reading = {each.name for each in installed_services() if _reads_it(each)}
    assert reading == {each.name for each in installed_services() if each.needs_catalog}


def _reads_it(service: Service) -> bool:
    folder = ROOT / "services" / service.name
    return any("the_catalog" in path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
