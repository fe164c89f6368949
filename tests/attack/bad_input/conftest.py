"""The four services after a walk through all their pages, ready to be attacked."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from shared.db import Database
from shared.service import find_service
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


class Targets(dict[str, Target]):
    """Each service after the journey through its pages, by name; the journey begins when it is asked for."""

    def __init__(self, environ: dict[str, str], stack: ExitStack) -> None:
        super().__init__()
        self._environ, self._stack = environ, stack

    def __missing__(self, name: str) -> Target:
        database = self._stack.enter_context(_opened(name, self._environ))
        self[name] = recorded(find_service(name), self._environ, database)
        return self[name]


@contextmanager
def _opened(name: str, environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database(name, environ)


@pytest.fixture(scope="module")
def targets(attack_environ: dict[str, str]) -> Iterator[Targets]:
    with ExitStack() as stack:
        yield Targets(attack_environ, stack)
