"""The packaged catalog, and copies of its files to spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.catalog import Catalog, load
from shared.catalog.loader import DATA

Spoil = Callable[[str, str, str], Path]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """Replaces words in one file of a copy of the data; returns the copy's directory."""
    directory = shutil.copytree(DATA, tmp_path / "data")

    def spoil(file: str, words: str, by: str) -> Path:
        path = directory / file
        text = path.read_text(encoding="utf-8")
        assert words in text, f"{words!r} is not in {file}: nothing would be spoiled"
        path.write_text(text.replace(words, by, 1), encoding="utf-8")
        return directory

    return spoil
