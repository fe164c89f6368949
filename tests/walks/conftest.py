"""The whole stack on its own ports and data, a real browser, and axe on every page that a walk opens."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT
from tests.walks.stack import Mailbox, Stack
from tests.walks.visitor import DESK, Visitor

STACK = [sys.executable, "-m", "deploy.local.stack"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all walks of a process of tests; it does not idle beside the tests that come after them."""
    directory = tmp_path_factory.mktemp("stack")
    place = ["--directory", str(directory)]
    subprocess.run([*STACK, "up", "--detach", "--ports", "auto", *place], cwd=ROOT, check=True)
    try:
        yield Stack(directory)
    finally:
        subprocess.run([*STACK, "stop", *place], cwd=ROOT, check=True)


@pytest.fixture
def mailbox(stack: Stack) -> Mailbox:
    return Mailbox(stack)


@pytest.fixture
def visit(browser: Browser, stack: Stack) -> Iterator[Callable[..., Visitor]]:
    """Makes a visitor with a browser profile of their own: `visit("sagu.walk", scripts=False)`."""
    contexts = []

    def make(user_id: str | None = None, *, scripts: bool = True, width: int = DESK) -> Visitor:
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page: Page = context.new_page()
        return Visitor(page, stack, user_id, scripts=scripts)

    yield make
    for context in contexts:
        context.close()
