"""Where the programs lie that come as wheels."""

from importlib.util import find_spec
from pathlib import Path


def package_directory(name: str) -> Path:
    """Returns the directory of the installed package `name` without importing it.

    Neither PostgreSQL's nor Valkey's package is imported: each would set up a manager of its own, with
    directories, locks and exit hooks, where only the program is wanted. Raises `ModuleNotFoundError`.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The package {name} is not installed: run `make` again.", name=name)
    return Path(spec.origin).parent
