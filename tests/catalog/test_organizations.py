"""Organizations from CSV: good lines come in, each bad one is told with its line and column."""

import pytest

from shared.catalog.organizations import ImportReport, RowProblem, parse

STATES = {"AL": "America/Chicago", "FL": "America/New_York"}
HEADER = "ccn,name,state,provider_type\n"
MAGNOLIA = "015009,Magnolia Court,AL,Nursing Home\n"


def providers(text: str) -> ImportReport:
    return parse("provider", text, states=STATES)


def test_a_provider_comes_in_with_the_time_zone_of_its_state() -> None:
    report = providers(HEADER + MAGNOLIA)
    assert report.problems == ()
    (provider,) = report.rows
    assert (provider.kind, provider.id, provider.name) == ("provider", "015009", "Magnolia Court")
    assert (provider.state, provider.time_zone, provider.provider_type) == ("AL", "America/Chicago", "Nursing Home")


def test_what_spreadsheets_add_does_no_harm() -> None:
    text = "\ufeff" + HEADER.replace("\n", "\r\n") + "\r\n" + MAGNOLIA.replace(",", " , ") + ",,,\r\n\r\n"
    report = providers(text)
    assert report.problems == ()
    assert [provider.name for provider in report.rows] == ["Magnolia Court"]


def test_columns_may_stand_in_any_order() -> None:
    report = providers("name,ccn,provider_type,state\nMagnolia Court,015009,Nursing Home,AL\n")
    assert [provider.id for provider in report.rows] == ["015009"]


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("15009,Magnolia Court,AL,Nursing Home", "ccn", "“15009” is not a CCN: six characters"),
        ("01500x,Magnolia Court,AL,Nursing Home", "ccn", "“01500x” is not a CCN"),
        ("015009,Magnolia Court,ZZ,Nursing Home", "state", "“ZZ” is not the code of a known state or territory."),
        ("015009,,AL,Nursing Home", "name", "A value is missing."),
        ("015009,Magnolia Court,AL", None, "This line has 3 values; the header names 4."),
        ("015009,Magnolia Court, Inc.,AL,Nursing Home", None, "This line has 5 values; the header names 4."),
    ],
)
def test_a_bad_line_is_told_and_left_out(line: str, column: str | None, words: str) -> None:
    report = providers(HEADER + "017032,Tallapoosa,AL,Home Health Agency\n" + line + "\n")
    assert [provider.id for provider in report.rows] == ["017032"]
    (problem,) = report.problems
    assert (problem.line, problem.column) == (3, column)
    assert words in problem.text


def test_each_fault_of_a_line_is_told() -> None:
    report = providers(HEADER + "15009,,ZZ,\n")
    assert [problem.column for problem in report.problems] == ["ccn", "name", "state", "provider_type"]


def test_a_repeated_id_is_told_with_the_line_of_the_first() -> None:
    report = providers(HEADER + MAGNOLIA + "\n" + MAGNOLIA)
    assert len(report.rows) == 1
    assert report.problems == (RowProblem(4, "ccn", "“015009” is already on line 2."),)


def test_two_providers_may_share_a_name_but_two_contractors_may_not() -> None:
    assert providers(HEADER + MAGNOLIA + MAGNOLIA.replace("015009", "015010")).problems == ()
    contractors = parse("mac", "id,name,time_zone\na,Claims,America/Denver\nb,claims,America/Denver\n")
    assert contractors.problems == (RowProblem(3, "name", "“claims” is already on line 2."),)


def test_an_unknown_time_zone_is_told() -> None:
    report = parse("ado", "id,name,time_zone\nsummit,Summit Data,Mountain\n")
    assert report.rows == ()
    assert report.problems == (
        RowProblem(2, "time_zone", "“Mountain” is not a known time zone; use a name such as America/Chicago."),
    )


@pytest.mark.parametrize("kind", ["mac", "ado", "contract-organization"])
def test_an_id_is_lower_case_words_joined_by_hyphens(kind: str) -> None:
    report = parse(kind, "id,name,time_zone\nSummit Data,Summit Data,America/Denver\n")  # type: ignore[arg-type]  # mypy sees str in parametrize
    assert [problem.column for problem in report.problems] == ["id"]


@pytest.mark.parametrize(
    ("header", "problems"),
    [
        ("", [(1, None, "The first line must name the columns: ccn,name,state,provider_type.")]),
        (MAGNOLIA, [(1, None, "The first line must name the columns: ccn,name,state,provider_type.")]),
        ("ccn,name,state\n", [(1, "provider_type", "This column is missing.")]),
        (
            "ccn,name,state,provider_type,beds\n",
            [(1, "beds", "This column is not known; remove it or correct its name.")],
        ),
        ("ccn,ccn,name,state,provider_type\n", [(1, "ccn", "This column is named twice.")]),
    ],
)
def test_a_header_that_does_not_fit_ends_the_import(header: str, problems: list[tuple[int, str | None, str]]) -> None:
    report = providers(header + "017032,Tallapoosa,AL,Home Health Agency\n" if header else "")
    assert report.rows == ()
    assert [(problem.line, problem.column, problem.text) for problem in report.problems] == problems


def test_an_open_quotation_mark_is_told_with_its_line() -> None:
    report = providers(HEADER + MAGNOLIA + '017032,"Tallapoosa,AL,Home Health Agency\n')
    assert [provider.id for provider in report.rows] == ["015009"]
    (problem,) = report.problems
    assert problem.text.startswith("This line is not valid CSV")


def test_without_states_given_the_catalogs_own_are_known() -> None:
    assert parse("provider", HEADER + "405002,Clinica San Juan,PR,Nursing Home\n").problems == ()
