"""Operator commands: the officials' CSV with its row-by-row report, and the explanation of a routing."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from approval_svc import queries
from approval_svc.cli import explain, officials
from shared.clock import utc_now
from shared.db import Database
from tests.approval_svc.factories import ANGELA, HEALTH_SURVEYS, MAUMEE, general_user, official, role_requested, route

HEADER = "authority_kind,organization_id,user_id,name,email,phone,time_zone\n"
LORETTA = "state,AL,loretta,Loretta Simmons,loretta@x.example,202-555-0104,America/Chicago\n"


@pytest.fixture
def run(approval_database: Database, settings_environ: dict[str, str]) -> Callable[..., Result]:
    assert approval_database
    return lambda command, *words: CliRunner(env=settings_environ).invoke(command, words)


def names(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.name for row in queries.all_officials(session) if row.active]


def test_an_import_adds_and_the_same_file_again_changes_nothing(
    approval_database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "officials.csv"
    file.write_text("\ufeff" + HEADER + LORETTA + "cms,,margaret,Margaret Osei,m@x.example,,\n")
    assert run(officials, "import", str(file)).output == "2 added, 0 changed, 0 unchanged.\n"
    assert run(officials, "import", str(file)).output == "0 added, 0 changed, 2 unchanged.\n"
    file.write_text(HEADER + LORETTA.replace("Simmons", "Simmons-Hale"))
    assert run(officials, "import", str(file)).output == "0 added, 1 changed, 0 unchanged.\n"
    assert names(approval_database) == ["Margaret Osei", "Loretta Simmons-Hale"]


def test_a_file_with_problems_is_not_taken_and_each_line_is_named(
    approval_database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "officials.csv"
    rows = [
        LORETTA,
        LORETTA,
        "state,XX,someone,Some One,some@x.example,,\n",
        "county,AL,someone,Some One,some@x.example,,\n",
        "provider,15009,someone,Some One,some@x.example,,\n",
        "mac,Blue Ridge,someone,Some One,some@x.example,,\n",
        "cms,AL,someone,,no address,,Mars/Olympus\n",
    ]
    file.write_text(HEADER + "".join(rows))
    result = run(officials, "import", str(file))
    assert result.exit_code == 1
    for problem in (
        "3: loretta stands in the file already for this authority.",
        "4: organization_id 'XX' is no state of the catalog.",
        "5: authority_kind 'county' is not one of",
        "6: organization_id: “15009” is not a CCN: six characters",
        "7: organization_id: “Blue Ridge” is not an id: lower-case letters",
        "8: name is empty.",
        "8: organization_id must be cms or empty for the authority cms.",
        "8: email 'no address' is not an email address.",
    ):
        assert f"line {problem}" in result.stderr
    assert names(approval_database) == []


def test_officials_of_organizations_that_only_requests_name_are_taken(
    approval_database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "officials.csv"
    row = "provider,365001,rosa,Rosa Lind,rosa@x.example,,\n"
    file.write_text(HEADER + LORETTA + row)
    first = run(officials, "import", str(file))
    assert first.exit_code == 0
    assert first.stdout == "2 added, 0 changed, 0 unchanged.\n"
    assert first.stderr == (
        "warning: line 3: provider 365001: no request has named this organization yet; check the id.\n"
    )
    with approval_database.transaction() as session:
        route(session, role_requested("provider-administrator", MAUMEE))
    assert run(officials, "import", str(file)).stderr == ""


def test_a_contract_organization_that_the_catalog_lacks_is_taken_once_a_request_names_it(
    approval_database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "officials.csv"
    file.write_text(HEADER + f"contract-organization,{HEALTH_SURVEYS.id},rosa,Rosa Lind,rosa@x.example,,\n")
    assert "is no contract-organization of the catalog" in run(officials, "import", str(file)).stderr
    with approval_database.transaction() as session:
        route(session, role_requested("contract-surveyor", HEALTH_SURVEYS, survey_for="cms"))
    assert run(officials, "import", str(file)).exit_code == 0


def test_a_file_without_its_columns_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "officials.csv"
    file.write_text("name,email\nLoretta,loretta@x.example\n")
    result = run(officials, "import", str(file))
    assert result.exit_code == 1
    assert "The header lacks" in result.output


def test_officials_are_listed_and_removed(approval_database: Database, run: Callable[..., Result]) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta", name="Loretta [Simmons]")
    assert "Loretta [Simmons]" in " ".join(run(officials, "list").output.split())
    assert run(officials, "remove", "state", "AL", "loretta").exit_code == 0
    assert names(approval_database) == []
    again = run(officials, "remove", "state", "AL", "loretta")
    assert again.exit_code == 1
    assert "is no Security Official" in again.output
    assert "removed" in run(officials, "list", "--all").output


def test_explain_says_who_could_decide_and_who_was_passed_over(
    approval_database: Database, run: Callable[..., Result]
) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", ANGELA.user_id)
        official(session, "cms", "cms", "margaret")
        route(session, request)
    found = json.loads(run(explain, str(request.request_id), "--json").output)
    state, cms, help_desk = found["approvals"][0]["authorities"]
    assert state["officials"][0]["verdict"] == "is the requester, and nobody decides on their own request"
    assert (state["decides"], cms["decides"], help_desk["decides"]) == (False, True, False)
    assert found["approvals"][0]["asked"] == ["Margaret"]
    table = run(explain, str(request.request_id)).output
    assert "Alabama: asked, asked: Margaret" in table
    assert run(explain, "01a20770-341b-7024-b6dd-902f465ea198").exit_code == 1


def test_an_operator_enters_an_absence_lists_it_and_ends_it(
    approval_database: Database, run: Callable[..., Result]
) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta", name="Loretta Simmons")
        official(session, "cms", "cms", "margaret", name="Margaret Osei")
    ahead = (utc_now() + timedelta(days=30)).date()
    days = ("--from", str(ahead), "--until", str(ahead))
    entered = run(officials, "absent", "loretta", *days, "--substitute", "margaret")
    assert entered.output == f"Margaret Osei acts for loretta on {ahead:%m/%d/%Y}, America/Chicago.\n"
    assert "planned" in run(officials, "absences").output
    assert run(officials, "absent", "loretta", *days, "--substitute", "margaret").output == entered.output
    longer = ("--from", str(ahead), "--until", str(ahead + timedelta(days=1)))
    overlapping = run(officials, "absent", "loretta", *longer, "--substitute", "margaret")
    assert (overlapping.exit_code, "overlap another absence" in overlapping.stderr) == (2, True)
    assert "is cancelled" in run(officials, "back", "loretta").output
    assert run(officials, "back", "loretta").exit_code == 1
    assert run(officials, "absent", "nobody", *days, "--substitute", "margaret").exit_code == 1
