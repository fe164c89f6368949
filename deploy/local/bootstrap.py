"""Prepares this clone: its virtual environment, its locked packages, its page assets.

Needs nothing but Python 3.11 with `venv`, and does nothing when nothing has changed: each part leaves a stamp
with a digest of what it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parents[2]


class CannotPrepareError(Exception):
    """Something is missing that only a person can supply; the message says what."""


class Step:
    """A part of the preparation that is done again only when one of its inputs has changed."""

    def __init__(self, stamp: Path, files: list[Path], *facts: str) -> None:
        """Ties the step to the bytes of `files` and to `facts`; `stamp` lies inside what the step makes."""
        self._stamp = stamp
        self._digest = digest(files, *facts)

    def is_done(self) -> bool:
        """Tells whether the step ended well with these very inputs."""
        return self._stamp.is_file() and self._stamp.read_text() == self._digest

    def done(self) -> None:
        """Remembers that the step ended well."""
        self._stamp.write_text(self._digest)


def digest(files: list[Path], *facts: str) -> str:
    """Returns a digest of the contents of `files` and of `facts`."""
    parts = [file.read_bytes() for file in files] + [fact.encode() for fact in facts]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def prepare(root: Path) -> None:
    """Brings the clone at `root` up to date with its lock files; raises `CannotPrepareError`."""
    require_python()
    with _alone(root):
        _environment(root)
        _packages(root)
        _assets(root)


def require_python() -> None:
    """Raises `CannotPrepareError` when this Python is too old or cannot make virtual environments."""
    running = "{}.{}".format(*sys.version_info)
    if sys.version_info < OLDEST_PYTHON:
        raise CannotPrepareError(
            f"Countersign needs Python 3.11 or later and {sys.executable} is {running}: "
            "install a newer one and name it, as in `make run PYTHON=python3.12`."
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise CannotPrepareError(
            f"{sys.executable} cannot make virtual environments: install its venv module "
            f"(on Debian and Ubuntu, `apt-get install python{running}-venv`)."
        )


def npm_command(environment: Path) -> list[str]:
    """Returns the machine's npm, or else the one that comes as a wheel in the virtual environment."""
    return [shutil.which("npm") or str(environment / "bin" / "npm")]


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keeps a second `make` in the same clone waiting until the first has prepared it."""
    directory = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _environment(root: Path) -> None:
    environment = root / ".venv"
    # A virtual environment knows its place and its Python by path: a moved clone needs a new one.
    step = Step(environment / "made", [], str(root), sys.base_prefix, sys.version)
    if not step.is_done():
        _run(
            "Making the virtual environment",
            root,
            [sys.executable, "-m", "venv", "--clear", str(environment)],
        )
        step.done()


def _packages(root: Path) -> None:
    lock, project = root / "requirements-dev.lock", root / "pyproject.toml"
    step = Step(root / ".venv" / "installed", [lock, project])
    if step.is_done():
        return
    pip = [
        str(root / ".venv" / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    # Python compiles what is imported when it is imported; compiling all of it here takes longer.
    locked = ["--require-hashes", "--no-deps", "--no-compile", "-r", str(lock)]
    _run("Installing the locked packages", root, [*pip, *locked])
    _run("Installing Countersign itself", root, [*pip, "--no-deps", "--no-build-isolation", "-e", str(root)])
    step.done()


def _assets(root: Path) -> None:
    step = Step(root / "node_modules" / ".fetched", [root / "package.json", root / "package-lock.json"])
    if not step.is_done():
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
        _run("Fetching the U.S. Web Design System", root, [*npm_command(root / ".venv"), "ci", *quiet])
        step.done()


def _run(what: str, root: Path, command: list[str]) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)
    # The npm of the wheel finds its Node on the search path.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(root / ".venv" / "bin")])
    done = subprocess.run(command, cwd=root, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        raise CannotPrepareError(f"{what} failed: see above. The command was: {' '.join(command)}")


def main() -> int:
    """Prepares this clone and returns the exit status."""
    try:
        prepare(ROOT)
    except CannotPrepareError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
