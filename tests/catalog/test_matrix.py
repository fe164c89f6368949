"""The six tables of the User Roles Matrix 3.0, spot by spot, and the role finder that reads them."""

import pytest

from shared.catalog import Catalog

FOOTNOTE = "*Only the CMS Admin role can delete surveys, and only certain staff in the CMS locations have this role."

# By table: its rows, and how many of them each column answers with yes, counted in the document.
YES = {
    1: (54, (43, 4, 19)),
    2: (46, (18, 16)),
    3: (6, (5, 2)),
    4: (19, (3, 6, 13, 11, 14)),
    5: (56, (15, 32, 2)),
    6: (4, (4,)),
}


@pytest.mark.parametrize("number", YES)
def test_every_row_and_every_yes_is_there(catalog: Catalog, number: int) -> None:
    table = catalog.table(number)
    rows, yes = YES[number]
    assert len(table.rows) == rows
    assert tuple(sum(row.cells[at] for row in table.rows) for at in range(len(table.columns))) == yes


@pytest.mark.parametrize(
    ("number", "section", "action", "cells"),
    [
        (1, "FSID", "Manage user FSID", "no yes no"),
        (1, "Surveys", "Delete a citation", "yes yes no"),
        (1, "Surveys", "Delete a survey*", "no no no"),
        (1, "Surveys", "View IDR", "yes yes yes"),
        (1, "Patient Assessment", "Search assessments", "yes no yes"),
        (2, "Enforcements", "View enforcement letters", "yes no"),
        (2, "Provider Information", "View provider details", "no yes"),
        (2, "Other", "Manage state-prohibited codes", "no yes"),
        (3, None, "View administrative reports", "yes yes"),
        (3, None, "iQIES role approval", "no yes"),
        (4, "Patient Assessment", "Add a patient", "no no no yes no"),
        (4, "Patient Assessment", "Inactivate an assessment", "no no yes no yes"),
        (4, "Users", "Edit a user profile", "no yes yes yes yes"),
        (5, "CMPTS", "Edit details", "no no no"),
        (5, "CMPTS", "Edit notes", "no yes no"),
        (5, "Provider Information", "Archive provider letters", "yes yes no"),
        (5, "Users", "Edit a user profile", "yes yes no"),
        (5, "Other", "Edit a user profile", "yes yes no"),
        (5, "Other", "iQIES role approval", "no no yes"),
        (6, "CMPTS", "Edit details", "yes"),
    ],
)
def test_a_cell_says_what_the_document_says(
    catalog: Catalog, number: int, section: str | None, action: str, cells: str
) -> None:
    (rows,) = [part.rows for part in catalog.table(number).sections if part.heading == section]
    (row,) = [row for row in rows if row.action == action]
    assert row.cells == tuple(cell == "yes" for cell in cells.split())


def test_section_headings_stand_in_printed_order(catalog: Catalog) -> None:
    headings = [section.heading for section in catalog.table(2).sections]
    assert headings[:3] == ["CMPTS", "FSID", "Enforcements"]
    assert [section.heading for section in catalog.table(5).sections][-2:] == ["Users", "Other"]


def test_the_footnote_belongs_to_the_tables_that_mark_it(catalog: Catalog) -> None:
    assert {table.number for table in catalog.tables if table.footnotes == (FOOTNOTE,)} == {1, 2, 5}
    assert catalog.role("cms-admin").privileges == ("surveys.delete-a-survey",)


def test_a_role_of_the_matrix_gives_what_its_column_answers_with_yes(catalog: Catalog) -> None:
    official = catalog.role("cms-security-official")
    assert [privilege.action for privilege in catalog.privileges_of(official)] == [
        "Manage user FSID",
        "Delete a citation",
        "View IDR",
        "iQIES role approval",
    ]
    table = catalog.table_of(official)
    assert table is not None
    assert table.number == 1


def test_a_general_user_of_a_state_begins_read_only(catalog: Catalog) -> None:
    role = catalog.role("state-agency-sc-general-user")
    assert [privilege.action for privilege in catalog.privileges_of(role)] == [
        "Search providers",
        "View provider details",
    ]
    grantable = {privilege.id for privilege in catalog.grantable_of(role)}
    assert "surveys.edit-cms-377-form" in grantable
    assert "cmpts.edit-details" not in grantable
    assert not grantable & set(role.privileges)


def test_the_finder_puts_the_least_privilege_first(catalog: Catalog) -> None:
    found = catalog.roles_with(["cmpts.edit-notes"])
    assert [match.role.id for match in found] == [
        "state-agency-sc-general-user",
        "office-of-financial-management-user",
        "cms-general-user",
    ]
    assert [match.beyond for match in found] == sorted(match.beyond for match in found)


def test_the_finder_says_what_the_official_would_have_to_add(catalog: Catalog) -> None:
    (general, *_) = catalog.roles_with(["surveys.edit-idr", "provider-information.search-providers"])
    assert general.role.id == "state-agency-sc-general-user"
    assert general.to_grant == ("surveys.edit-idr",)


def test_the_finder_shows_a_role_only_if_it_gives_everything_asked_for(catalog: Catalog) -> None:
    found = catalog.roles_with(["other.iqies-role-approval", "patient-assessment.submit-an-assessment"])
    assert [match.role.id for match in found] == ["provider-security-official"]
    assert catalog.roles_with(["fsid.manage-user-fsid", "clia.clia-data-exchange"]) == ()


def test_roles_that_cannot_be_requested_come_last(catalog: Catalog) -> None:
    found = catalog.roles_with(["fsid.manage-user-fsid"])
    assert [match.role.id for match in found] == ["state-agency-security-official", "cms-security-official"]


def test_nothing_asked_for_finds_nothing(catalog: Catalog) -> None:
    assert catalog.roles_with([]) == ()
