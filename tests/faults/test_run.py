"""The proof itself, with a few requests and faults."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SEED = "11"


def test_nothing_is_lost_in_a_short_run(tmp_path: Path) -> None:
    figures = tmp_path / "faults.json"
    command = [sys.executable, "-m", "deploy.faults", "--short", "--seed", SEED, "--figures", str(figures)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = json.loads(figures.read_text())
    assert found["requests"] > 0
    assert len(found["faults"]) > 3
    assert (found["lost"], found["decided_twice"], found["mails_missing"]) == (0, 0, 0)
