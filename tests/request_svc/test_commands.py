"""What an operator does on the command line."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from request_svc.cli import grants, organizations, requests
from shared.catalog import Catalog
from shared.db import Database
from tests.request_svc.factories import ADA, CLIA_STATE, grant_role, request_role


@pytest.fixture
def run(request_database: Database, settings_environ: dict[str, str]) -> CliRunner:
    return CliRunner(env=settings_environ)


def import_ados(run: CliRunner, folder: Path, *lines: str) -> Result:
    file = folder / "ados.csv"
    file.write_text("\n".join(["id,name,time_zone", *lines]))
    return run.invoke(organizations, ["import", "ado", str(file)])


def test_an_import_adds_changes_and_repeats_harmlessly(run: CliRunner, tmp_path: Path) -> None:
    assert "1 added, 0 changed" in import_ados(run, tmp_path, "a,Alpha,America/Chicago").output
    assert "0 added, 0 changed, 1 unchanged" in import_ados(run, tmp_path, "a,Alpha,America/Chicago").output
    assert "1 added, 1 changed" in import_ados(run, tmp_path, "a,Beta,America/Chicago", "c,Gamma,UTC").output
    assert "     2 ado" in run.invoke(organizations, ["list"]).output


def test_a_faulty_import_names_each_line_and_writes_nothing(run: CliRunner, tmp_path: Path) -> None:
    result = import_ados(run, tmp_path, "a,Alpha,America/Chicago", "B!,Beta,Mars/Olympus")
    assert result.exit_code == 1
    assert "line 3, id:" in result.stderr
    assert "line 3, time_zone:" in result.stderr
    assert "     0 ado" in run.invoke(organizations, ["list"]).output


def test_the_catalogs_organizations_load_with_or_without_the_made_up(run: CliRunner, catalog: Catalog) -> None:
    assert "62 added" in run.invoke(organizations, ["load"]).output
    assert "     0 provider" in run.invoke(organizations, ["list"]).output
    made_up = sum(each.demonstration for each in catalog.organizations)
    assert f"{made_up} added" in run.invoke(organizations, ["load", "--demonstration"]).output


def test_a_request_is_shown_without_names(run: CliRunner, database: Database, catalog: Catalog) -> None:
    output = run.invoke(requests, ["show", str(request_role(database, catalog))]).output
    assert "state:AL: pending" in output
    assert ADA.user_id in output
    assert ADA.name not in output
    assert ADA.email not in output


def test_a_role_is_removed_once(run: CliRunner, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=CLIA_STATE)
    assert "has ended" in run.invoke(grants, ["remove", str(grant_id), "--reason", "Left"]).output
    assert run.invoke(grants, ["remove", str(grant_id), "--reason", "Left"]).exit_code == 1


@pytest.mark.parametrize("missing", [uuid4()])
def test_what_is_not_there_is_said_in_a_sentence(run: CliRunner, missing: UUID) -> None:
    result = run.invoke(requests, ["show", str(missing)])
    assert (result.exit_code, result.output) == (1, f"Error: There is no request {missing}.\n")
