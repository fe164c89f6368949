"""A domain is plain Python: it imports the standard library and itself, and nothing that was installed."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOMAINS = sorted((ROOT / "services").glob("*/domain"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.parent.name)
def test_a_domain_knows_the_standard_library_and_itself(domain: Path) -> None:
    own = f"{domain.parent.name}.domain"
    foreign = {
        name
        for path in domain.rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and name != own and not name.startswith(f"{own}.")
    }
    assert foreign == set()
    assert list(domain.rglob("*.py"))
