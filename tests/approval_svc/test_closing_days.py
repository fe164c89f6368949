"""`countersign closing-days`: the CSV with its row-by-row report, what becomes of the rows, and the audit."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from approval_svc import calendar_queries
from approval_svc.deadline_commands import closing_days
from approval_svc.domain.routing import OrganizationId
from shared.audit import Action
from shared.db import Database
from tests.audit import entries

HEADER = "organization_kind,organization_id,day,name\n"
EVE = "state,AL,2026-12-24,Christmas Eve\n"
Run = Callable[..., Result]


@pytest.fixture
def run(approval_database: Database, settings_environ: dict[str, str]) -> Run:
    assert approval_database
    return lambda *words: CliRunner(env=settings_environ | {"COLUMNS": "200"}).invoke(closing_days, words)


@pytest.fixture
def take(run: Run, tmp_path: Path) -> Callable[[str], Result]:
    def take(rows: str) -> Result:
        file = tmp_path / "closing_days.csv"
        file.write_text(rows)
        return run("import", str(file))

    return take


def closed(database: Database) -> dict[str, str]:
    with database.reading() as session:
        found = calendar_queries.closing_days_of(session, OrganizationId(kind="state", id="AL"))
    return {str(day): name for day, name in found.items()}


def test_an_import_adds_and_renames_and_the_same_file_again_changes_nothing(
    approval_database: Database, take: Callable[[str], Result]
) -> None:
    assert take("\ufeff" + HEADER + EVE + "provider,015009,2026-12-28,Move\n").output.endswith(
        "2 added, 0 changed, 0 unchanged.\n"
    )
    assert take(HEADER + EVE).output == "0 added, 0 changed, 1 unchanged.\n"
    assert take(HEADER + EVE.replace("Christmas Eve", "Holiday party")).output == "0 added, 1 changed, 0 unchanged.\n"
    assert closed(approval_database) == {"2026-12-24": "Holiday party"}


def test_a_file_with_problems_is_not_taken_and_each_line_is_named(
    approval_database: Database, take: Callable[[str], Result]
) -> None:
    rows = [
        EVE,
        EVE,
        "state,XX,2026-12-24,Eve\n",
        "county,AL,2026-12-24,Eve\n",
        "provider,15009,2026-12-24,Eve\n",
        "state,AL,12/24/2026,Eve\n",
        "state,AL,2026-02-29,\n",
        f"state,AL,2026-12-28,{'x' * 121}\n",
    ]
    result = take(HEADER + "".join(rows))
    assert result.exit_code == 1
    for problem in (
        "3: 2026-12-24 stands in the file already for this organization.",
        "4: organization_id 'XX' is no state of the catalog.",
        "5: organization_kind 'county' is not one of",
        "6: organization_id: “15009” is not a CCN",
        "7: day '12/24/2026' is not a date, such as 2026-12-24.",
        "8: day '2026-02-29' is not a date",
        "8: name is empty.",
        "9: name is longer than 120 characters.",
    ):
        assert f"line {problem}" in result.output
    assert closed(approval_database) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind,id\nstate,AL\n", "line 1: The header lacks: organization_kind, organization_id, day, name."),
        (HEADER + EVE + "state,AL\n", "line 3: day '' is not a date"),
        (HEADER + 'state,AL,2026-12-24,"' + "x" * 140_000 + '"\n', "is not valid CSV"),
    ],
)
def test_a_file_that_is_none_is_refused(take: Callable[[str], Result], text: str, problem: str) -> None:
    result = take(text)
    assert result.exit_code == 1
    assert problem in result.output


def test_what_is_doubtful_is_taken_with_a_warning(approval_database: Database, take: Callable[[str], Result]) -> None:
    result = take(HEADER + "state,AL,2026-12-26,Saturday closing\nprovider,365001,2026-12-28,Move\n")
    assert result.exit_code == 0
    assert "warning: line 2: 2026-12-26 is a Saturday, which counts for nobody anyway." in result.output
    assert "warning: line 3: provider 365001: no request has named this organization yet" in result.output
    assert closed(approval_database) == {"2026-12-26": "Saturday closing"}


def test_closing_days_are_listed_and_removed(run: Run, take: Callable[[str], Result]) -> None:
    take(HEADER + EVE.replace("Christmas Eve", "[Christmas] Eve"))
    assert "Thu 2026-12-24" in run("list").output
    assert "[Christmas] Eve" in run("list").output
    removed = run("remove", "state", "AL", "2026-12-24")
    assert removed.output == "2026-12-24 ([Christmas] Eve) counts again for state AL.\n"
    again = run("remove", "state", "AL", "2026-12-24")
    assert again.exit_code == 1
    assert "is not known to be closed on 2026-12-24" in again.output


def test_the_audit_keeps_what_an_import_changed_and_nothing_when_it_changed_nothing(
    approval_database: Database, run: Run, take: Callable[[str], Result]
) -> None:
    take(HEADER + EVE)
    take(HEADER + EVE)
    run("remove", "state", "AL", "2026-12-24")
    added, removed = entries(approval_database, Action.CLOSING_DAYS_CHANGED)
    assert added.after == {"state:AL 2026-12-24": "Christmas Eve"}
    assert removed.before == {"state:AL 2026-12-24": "Christmas Eve"}
