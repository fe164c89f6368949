"""The four services after a walk through all their pages, ready to be attacked."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from shared.db import Database
from shared.service import installed_services
from tests.attack.bad_input.recorded import Target, recorded
from tests.conftest import fresh_database


@pytest.fixture(scope="package")
def attack_environ(settings_environ: dict[str, str]) -> dict[str, str]:
    """Nobody answers at the sign-in provider's address; limits of tries do not stop the attack."""
    return settings_environ | {
        "OIDC_ISSUER": "http://127.0.0.1:9",
        "RATE_LIMIT_URL": "memory://",
        "LOGIN_RATE_BY_USER_ID": "100000 per minute",
        "LOGIN_RATE_BY_ADDRESS": "100000 per minute",
    }


@contextmanager
def _opened(name: str, environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database(name, environ)


@pytest.fixture(scope="module")
def targets(attack_environ: dict[str, str]) -> Iterator[dict[str, Target]]:
    """Each service after the journey through its pages, by name."""
    with ExitStack() as stack:
        yield {
            service.name: recorded(service, attack_environ, stack.enter_context(_opened(service.name, attack_environ)))
            for service in installed_services()
        }
