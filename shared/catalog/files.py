"""YAML and CSV files in, checked data or plain words out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError

from shared.catalog.fields import Strict
from shared.catalog.problems import CatalogError, Problem

# What marshmallow says, in the words of somebody who edits the file.
WORDS = {
    "Missing data for required field.": "This key is missing.",
    "Unknown field.": "This key is not known here; check its spelling.",
    "Invalid input type.": "A block of keys and values belongs here.",
    "Field may not be null.": "A value is missing.",
    "Not a valid string.": "Must be text; put quotes around it.",
    "Not a valid boolean.": "Must be yes or no.",
    "Not a valid list.": "Must be a list.",
    "Not a valid integer.": "Must be a whole number.",
}


class Reader:
    """Reads the files of one directory and gathers what is wrong with them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.problems: list[Problem] = []

    def read(self, name: str, schema: type[Strict]) -> Any:
        """Returns the file's data in its schema's shape; None, and a problem noted, if it cannot be read."""
        text = self.text(name)
        if text is None:
            return None
        try:
            raw = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader that also refuses repeated keys
            return schema().load(raw)
        except yaml.YAMLError as error:
            self.problems.append(Problem(name, _where(error), _what(error)))
        except ValidationError as error:
            self.problems.extend(Problem(name, key, words) for key, words in _flat(error.messages, raw))
        return None

    def read_each(self, folder: str, schema: type[Strict]) -> list[Any]:
        """Returns the data of every YAML file in a folder, by file name."""
        names = sorted(path.name for path in (self.directory / folder).glob("*.yaml"))
        if not names:
            self.problems.append(Problem(folder, "", "This folder with YAML files is missing."))
        return [self.read(f"{folder}/{name}", schema) for name in names]

    def text(self, name: str) -> str | None:
        """Returns the file's text; None, and a problem noted, if there is no such file or it is not UTF-8."""
        try:
            return (self.directory / name).read_text(encoding="utf-8")
        except OSError as error:
            self.problems.append(Problem(name, "", f"This file cannot be read: {error.strerror}."))
        except UnicodeDecodeError:
            self.problems.append(Problem(name, "", "This file is not UTF-8 text."))
        return None

    def raise_problems(self) -> None:
        """Raises CatalogError if anything was wrong so far."""
        if self.problems:
            raise CatalogError(self.problems)


class _StrictLoader(yaml.SafeLoader):
    """YAML keeps the last of two equal keys and loses the first without a word; here that is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        times = Counter(key.value for key in keys)
        for key in reversed(keys):
            if times[key.value] > 1:
                words = f"the key “{key.value}” stands here twice"
                raise yaml.constructor.ConstructorError(problem=words, problem_mark=key.start_mark)
        return super().construct_mapping(node, deep)


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else ""


def _what(error: yaml.YAMLError) -> str:
    return f"This is not valid YAML: {getattr(error, 'problem', None) or 'it cannot be read'}."


def _flat(messages: Any, raw: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yields marshmallow's messages as (key, words): ("roles[3] clia-admin: step3", "Must be one of: …")."""
    if isinstance(messages, str):
        yield key, WORDS.get(messages, messages)
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(message, raw, key)
    else:
        for part, inner in messages.items():
            yield from _flat(inner, _inside(raw, part), _key(key, part, raw))


def _inside(raw: Any, part: str | int) -> Any:
    if isinstance(raw, Mapping):
        return raw.get(part)
    return raw[part] if isinstance(raw, list) and isinstance(part, int) else None


def _key(key: str, part: str | int, raw: Any) -> str:
    if part == "_schema":
        return key
    if isinstance(part, str):
        return f"{key}.{part}" if key else part
    entry = _inside(raw, part)
    name = entry.get("id") if isinstance(entry, Mapping) else None
    return f"{key}[{name}]" if isinstance(name, str) else f"{key}[{part + 1}]"
