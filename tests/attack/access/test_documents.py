"""docs/security.md names tests as its proof: each must be there."""

import ast
import re

from tests.conftest import ROOT

CHAPTERS = 17
"""Of OWASP ASVS 5.0."""


def security() -> str:
    return (ROOT / "docs/security.md").read_text()


def test_every_test_that_the_security_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", security())
    assert len(named) > 50
    missing = [f"{path}::{name}" for path, name in named if name not in functions_in(path)]
    assert missing == []


def functions_in(path: str) -> set[str]:
    file = ROOT / path
    if not file.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_the_security_page_speaks_of_every_chapter_once() -> None:
    headings = re.findall(r"^### V(\d+) ", security(), flags=re.MULTILINE)
    assert headings == [str(number) for number in range(1, CHAPTERS + 1)]
