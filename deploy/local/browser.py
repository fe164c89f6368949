"""Finds a Chromium for the browser tests, or gets one; prints its path.

Tried in turn: what `CHROMIUM` names, Debian's without a window (which costs a third of the one with one), Debian's,
another installed one, Playwright's own. Where there is none: Debian's packages as root, else Playwright's download.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowserError(Exception):
    """There is no Chromium and none can be had; the message says what to install."""


def find(environ: Mapping[str, str]) -> str | None:
    """Returns the path of an installed Chromium; raises `NoBrowserError` when `CHROMIUM` names none."""
    if named := environ.get("CHROMIUM"):
        if path := shutil.which(named):
            return path
        raise NoBrowserError(f"CHROMIUM names {named!r}, which is not a program.")
    installed = (shutil.which(name) for name in NAMES)
    return next(filter(None, installed), None) or _playwrights_own()


def get() -> str:
    """Installs a Chromium and returns its path; raises `NoBrowserError`."""
    for command in _ways_to_install():
        print(f"Installing a browser for the tests: {' '.join(command)}", file=sys.stderr)
        # The path is all that may stand on standard output.
        subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if path := find({}):
            return path
    raise NoBrowserError(
        "The browser tests need Chromium and none could be installed: install the package `chromium` "
        "(on Debian, `apt-get install chromium`), or set CHROMIUM to the path of an installed one."
    )


def _ways_to_install() -> list[list[str]]:
    playwright = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return playwright
    quiet = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    debian = [[*quiet, package, "fonts-liberation"] for package in ("chromium-headless-shell", "chromium")]
    return [["apt-get", "update", "-qq"], *debian, *playwright]


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def main() -> int:
    """Prints the path of a Chromium and returns the exit status."""
    try:
        print(find(os.environ) or get())
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
