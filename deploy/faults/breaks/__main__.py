"""`make breaks`: breaks a copy of the code in one place after the other, and runs the proof on each."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from deploy.faults.breaks import BREAKS, CONTROL, Break, apply
from deploy.local.layout import ROOT
from shared.command_line import new_console, table_of

SOURCES = ("deploy", "services", "shared")
PATIENCE_SECONDS = 45
"""Broken code may never come to rest."""
SEEDS = (1, 2, 3)
"""A race must be met to be seen: another seed is tried when the first did not meet it."""

QUIET_SECONDS = 240
"""For the code as it is, which must come to rest, on a busy machine too."""

console = new_console(highlight=False)


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice([one.name for one in BREAKS]), help="Only this one.")
def main(names: Sequence[str]) -> None:
    """Break the code in each place, and show which check of the proof noticed.

    Each must show a difference of its own, and the code as it is none: else the exit status is 1.
    """
    chosen = [one for one in BREAKS if not names or one.name in names]
    false_alarm = _caught(CONTROL, SEEDS[:1])
    caught = {one.name: _caught(one, SEEDS) for one in chosen}
    rows = [(name, ", ".join(found) or "NOT CAUGHT") for name, found in caught.items()]
    console.print(table_of(("Broken", "Caught as"), [(CONTROL.name, ", ".join(false_alarm) or "none"), *rows]))
    sys.exit(0 if all(caught.values()) and not false_alarm else 1)


def _caught(one: Break, seeds: Sequence[int]) -> list[str]:
    """Returns the break's differences that the proof showed, with their counts; empty when it showed none."""
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="countersign-break-") as name:
            copy = Path(name) / "source"
            _copy(copy)
            apply(one, copy)
            console.print(f"{one.name}, seed {seed}", markup=False)
            if found := _prove(one, copy, seed):
                return [f"{difference} {count}" for difference, count in found.items()]
    return []


def _copy(to: Path) -> None:
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (to / "node_modules").symlink_to(ROOT / "node_modules")


def _prove(one: Break, copy: Path, seed: int) -> dict[str, int]:
    figures = copy.parent / "figures.json"
    command = [sys.executable, "-m", "deploy.faults", "--seed", str(seed), "--figures", str(figures)]
    command += ["--requests", str(one.requests), "--minutes", str(one.minutes), "--often", str(one.often)]
    command += ["--patience", str(PATIENCE_SECONDS if one.edits else QUIET_SECONDS)]
    for kind in one.kinds:
        command += ["--only", kind]
    command += [] if one.kinds else ["--calm"]
    # Before the installed packages, which lead to the whole code.
    path = os.pathsep.join((str(copy), str(copy / "services")))
    done = subprocess.run(
        command, cwd=copy, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, check=False
    )
    if not figures.exists():
        raise click.ClickException(f"The proof did not run to its end:\n{done.stdout}")
    found: dict[str, int] = json.loads(figures.read_text())["differences"]
    return {name: count for name, count in found.items() if name in one.shows}


if __name__ == "__main__":
    main()
