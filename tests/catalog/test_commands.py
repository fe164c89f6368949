"""`countersign catalog check`, as an operator sees it."""

import json
import subprocess
import sys

from click.testing import CliRunner

from shared.catalog.commands import catalog as command
from shared.catalog.loader import DATA
from tests.catalog.conftest import Spoil


def test_a_sound_catalog_is_summed_up() -> None:
    result = CliRunner().invoke(command, ["check"])
    assert result.exit_code == 0
    assert "The catalog is sound." in result.output
    assert "   39 roles\n" in result.output
    assert "   56 states and territories\n" in result.output


def test_scripts_get_json() -> None:
    result = CliRunner().invoke(command, ["check", "--json"])
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert answer["ok"]
    assert answer["problems"] == []
    assert answer["counts"]["matrix rows"] == 185


def test_a_contradiction_is_told_in_a_table(spoil: Spoil) -> None:
    directory = spoil("routing.yaml", "      - clia-admin\n", "")
    result = CliRunner().invoke(command, ["check", "--directory", str(directory)])
    assert result.exit_code == 1
    assert "1 to put right in the catalog" in result.output
    assert "clia-admin" in result.output


def test_a_malformed_file_is_told_without_a_traceback(spoil: Spoil) -> None:
    directory = spoil("roles/cms.yaml", "step3: none", "step: none")
    result = CliRunner().invoke(command, ["check", "--json", "--directory", str(directory)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    answer = json.loads(result.output)
    assert not answer["ok"]
    assert answer["problems"][0] == {
        "file": "roles/cms.yaml",
        "key": "roles[cms-view-only-user].step3",
        "text": "This key is missing.",
    }


def test_keys_in_square_brackets_reach_the_screen(spoil: Spoil) -> None:
    directory = spoil("roles/cms.yaml", "step3: none", "step: none")
    result = CliRunner().invoke(command, ["check", "--directory", str(directory)], env={"COLUMNS": "200"})
    assert "roles[cms-view-only-user].step3" in result.output


def test_importing_the_catalog_reads_none_of_its_files() -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import shared.catalog, shared.catalog.loader, shared.catalog.organizations, shared.catalog.commands\n"
        f"sys.exit(any(name.startswith({str(DATA)!r}) for name in opened))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=DATA.parents[2], check=False).returncode == 0
