"""Migrations and demonstration data, brought in through the commands that an operator would use."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.environment import Environment
from deploy.local.layout import ROOT, Layout
from deploy.local.programs import countersign

CATALOG = ROOT / "shared" / "catalog" / "data"
DEMO = Path(__file__).parent / "demo"
ACCOUNTS = DEMO / "accounts.csv"
OFFICIALS = DEMO / "officials.csv"
WALKS = DEMO / "walks.csv"
ORGANIZATIONS: Mapping[str, Path] = {
    "state": CATALOG / "states.csv",
    "contract-organization": CATALOG / "contract_organizations.csv",
    "mac": CATALOG / "demo" / "macs.csv",
    "ado": CATALOG / "demo" / "ado_contractors.csv",
    "provider": CATALOG / "demo" / "providers.csv",
}


@dataclass
class CommandFailedError(Exception):
    """A `countersign` command failed; `output` is what it printed."""

    command: str
    output: str


def migrate(environment: Environment) -> None:
    """Brings every database to its newest version; raises `CommandFailedError`."""
    _run(environment, ["migrate"])


def load(layout: Layout, environment: Environment) -> None:
    """Imports the organizations, accounts and Security Officials; again is harmless. Raises `CommandFailedError`."""
    accounts = ["accounts", "import", str(ACCOUNTS), "--password-file", str(layout.password)]
    officials = ["officials", "import", str(OFFICIALS)]
    organizations = ["organizations", "load", "--demonstration"]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(lambda words: _run(environment, words), [accounts, officials, organizations]))


def _run(environment: Environment, words: Sequence[str]) -> None:
    done = subprocess.run(
        [countersign(), *words],
        env={**os.environ, **environment.values},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailedError(" ".join(("countersign", *words)), done.stdout)
