"""A slip in any data file is found and told in words that name the file and the key."""

from pathlib import Path

import pytest

from shared.catalog import Catalog, CatalogError, load
from shared.catalog.check import CHECKS, check
from tests.catalog.conftest import Spoil
from tests.catalog.test_deadlines import IMPOSSIBLE


def told(directory: Path) -> list[str]:
    return [str(problem) for problem in check(load(directory))]


def test_the_packaged_catalog_is_sound(catalog: Catalog) -> None:
    assert check(catalog) == []


BETWEEN_FILES = {
    "counts": ("states.csv", "GU,Guam,Pacific/Guam\n", "", "states.csv: There are 55 entries; the documents have 56."),
    "counts of matrix rows": (
        "matrix/table-6.yaml",
        "      - {action: Edit notes, cells: [yes]}\n",
        "",
        "matrix/table-6.yaml: rows: There are 3 entries; the documents have 4.",
    ),
    "unique_ids": (
        "disciplines.yaml",
        "id: engineer",
        "id: architect",
        "disciplines.yaml: id: “architect” stands here 2 times.",
    ),
    "unique_names": (
        "roles/cms.yaml",
        "aliases: [CMSGU,",
        "aliases: [CLIA Admin,",
        "roles: name: “CLIA Admin” stands here 2 times.",
    ),
    "categories_offer_a_way": (
        "roles/provider.yaml",
        "category: provider",
        "category: vendor",
        "categories.yaml: vendor: Has roles and advice for want of roles.",
    ),
    "a category that is not there": (
        "roles/provider.yaml",
        "category: provider",
        "category: providers",
        "roles/providers.yaml: assessment-submitter: The category “providers” does not exist.",
    ),
    "roles_name_privileges": (
        "roles/cms.yaml",
        "[iqan.access-iqan-with-additional-permissions]",
        "[iqan.access-iqan]",
        "roles/cms.yaml: iqan-service-desk: The privilege “iqan.access-iqan” is not in privileges.yaml.",
    ),
    "roles_follow_matrix": (
        "roles/state-agency.yaml",
        "asks_surveyor: yes\n",
        "asks_surveyor: yes\n    grantable: [cmpts.edit-details]\n",
        (
            "roles/state-agency.yaml: state-agency-sc-general-user: "
            "Gives “cmpts.edit-details”, which its matrix column answers with no."
        ),
    ),
    "privileges_used": (
        "roles/contractor.yaml",
        "privileges: [contractor.select-run-and-create-mac-reports]",
        "privileges: [contractor.coordinate-cms-directed-surveys]",
        "privileges.yaml: contractor.select-run-and-create-mac-reports: No role gives it and no matrix row names it.",
    ),
    "matrix_refers": (
        "matrix/table-6.yaml",
        "role: office-of-financial-management-user",
        "role: ofm-user",
        "matrix/table-6.yaml: OFM User Role: The role “ofm-user” does not exist.",
    ),
    "a matrix row without privilege": (
        "matrix/table-5.yaml",
        "action: Edit IDR",
        "action: Edit the IDR",
        "matrix/table-5.yaml: Edit the IDR: The privilege “surveys.edit-the-idr” is not in privileges.yaml.",
    ),
    "requests_have_one_rule": (
        "routing.yaml",
        "      - mds-extract-data-api-access\n",
        "",
        "routing.yaml: mds-extract-data-api-access: No rule says who decides.",
    ),
    "a role routed twice": (
        "routing.yaml",
        "      - mac-reports\n",
        "      - mac-reports\n      - mac-reports\n",
        "routing.yaml: mac-reports: 2 rules say who decides; there must be one.",
    ),
    "a rule for a role that cannot be requested": (
        "routing.yaml",
        "      - clia-admin\n",
        "      - clia-admin\n      - cms-security-official\n",
        "routing.yaml: cms-security-official: This role cannot be requested, so no rule belongs to it.",
    ),
    "rules_refer": (
        "routing.yaml",
        "      - mac-reports\n",
        "      - mac-report\n",
        "routing.yaml: mac-report: The role “mac-report” does not exist.",
    ),
    "chains_end": (
        "routing.yaml",
        "    next: null",
        "    next: cms",
        "routing.yaml: help-desk: The chain of authorities goes round in a circle.",
    ),
    "names_can_be_filled": (
        "routing.yaml",
        "Security Officials of {organization}",
        "Security Officials of {state}",
        "routing.yaml: state: Only {organization} can be filled in a name.",
    ),
    "sources_known": (
        "categories.yaml",
        "access-job-aid: Figure 30",
        "access-aid: Figure 30",
        "categories.yaml: cms: The document “access-aid” is not in documents.yaml.",
    ),
}


@pytest.mark.parametrize("slip", BETWEEN_FILES)
def test_a_slip_between_files_is_found(spoil: Spoil, slip: str) -> None:
    file, words, by, expected = BETWEEN_FILES[slip]
    assert expected in told(spoil(file, words, by))


def test_an_official_of_an_authority_that_is_gone_is_found(spoil: Spoil) -> None:
    directory = spoil("routing.yaml", "  - id: help-desk\n", "  - id: mac\n")
    assert (
        "roles/cms.yaml: iqies-help-desk-production-control: "
        "Is official of “help-desk”, which routing.yaml does not have."
    ) in told(directory)


def test_a_step_without_organizations_is_found(spoil: Spoil) -> None:
    directory = spoil("organizations.yaml", "file: demo/macs.csv", "file: demo/none.csv")
    (directory / "demo/none.csv").write_text("id,name,time_zone\n")
    assert "roles/contractor.yaml: mac-reports: Asks for a “mac”, and there is none to choose." in told(directory)


def test_a_rule_for_an_organization_that_nobody_is_asked_for_is_found(spoil: Spoil) -> None:
    directory = spoil(
        "roles/contractor.yaml", "create reports as needed\n    step3: mac", "create reports as needed\n    step3: ado"
    )
    assert "routing.yaml: mac-reports: The form does not ask for the organization that “mac” needs." in told(directory)


def test_every_check_has_a_slip_that_it_finds() -> None:
    shown_elsewhere = {"officials_decide", "steps_have_organizations", *IMPOSSIBLE}
    assert {each.__name__ for each in CHECKS} <= set(BETWEEN_FILES) | shown_elsewhere


@pytest.mark.parametrize(
    ("file", "words", "by", "expected"),
    [
        (
            "roles/cms.yaml",
            "step3: none",
            "step_3: none",
            "roles/cms.yaml: roles[cms-view-only-user].step_3: This key is not known here; check its spelling.",
        ),
        (
            "roles/cms.yaml",
            "step3: none",
            "step_3: none",
            "roles/cms.yaml: roles[cms-view-only-user].step3: This key is missing.",
        ),
        (
            "roles/cms.yaml",
            "asks_surveyor: yes",
            "asks_surveyor: 1",
            "roles/cms.yaml: roles[cms-general-user].asks_surveyor: Must be yes or no.",
        ),
        (
            "roles/contractor.yaml",
            "survey_for: [cms, state]",
            "survey_for: []",
            (
                "roles/contractor.yaml: roles[contract-surveyor].survey_for: "
                "Belongs to the contract-surveyor step, and to that step only."
            ),
        ),
        (
            "documents.yaml",
            "published: 2025-04-08",
            "published: April 2025",
            "documents.yaml: documents[access-job-aid].published: Must be a date, such as 2025-04-08, without quotes.",
        ),
        (
            "categories.yaml",
            'sources: {clia-job-aid: "Figure 11, Figure 16, Figure 26"}',
            "sources: {}",
            (
                "categories.yaml: categories[accrediting-organization].sources: "
                "Must name at least one document and the place in it."
            ),
        ),
        (
            "matrix/table-1.yaml",
            "{action: Edit IDR, cells: [yes, no, no]}",
            "{action: Edit IDR, cells: [yes, no]}",
            "matrix/table-1.yaml: sections: The row “Edit IDR” has 2 cells for 3 columns.",
        ),
        (
            "routing.yaml",
            "decided_by: mac",
            "decided_by: Mac",
            (
                "routing.yaml: rules[4].decided_by: "
                "Must be one of: state, contract-organization, mac, ado, provider, cms, help-desk."
            ),
        ),
        (
            "routing.yaml",
            "    next: null\n",
            "    next: null\n    next: cms\n",
            "routing.yaml: line 31: This is not valid YAML: the key “next” stands here twice.",
        ),
        (
            "privileges.yaml",
            "sections:\n",
            "sections: [\n",
            "privileges.yaml: line 5: This is not valid YAML: expected the node content, but found '-'.",
        ),
        (
            "states.csv",
            "America/Chicago",
            "America/Montgomery",
            (
                "states.csv: line 2, time_zone: “America/Montgomery” is not a known time zone; "
                "use a name such as America/Chicago."
            ),
        ),
    ],
)
def test_a_slip_inside_a_file_is_told_with_its_key(spoil: Spoil, file: str, words: str, by: str, expected: str) -> None:
    with pytest.raises(CatalogError) as refused:
        load(spoil(file, words, by))
    assert expected in [str(problem) for problem in refused.value.problems]


def test_every_faulty_file_is_told_at_once(spoil: Spoil) -> None:
    directory = spoil("routing.yaml", "next: null", "next: nobody")
    spoil("categories.yaml", "name: CMS", "title: CMS")
    (directory / "documents.yaml").unlink()
    with pytest.raises(CatalogError) as refused:
        load(directory)
    assert {problem.file for problem in refused.value.problems} == {"routing.yaml", "categories.yaml", "documents.yaml"}
    assert "documents.yaml: This file cannot be read: No such file or directory." in str(refused.value)


def test_an_empty_directory_is_told_not_raised_as_a_surprise(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as refused:
        load(tmp_path)
    assert "roles" in {problem.file for problem in refused.value.problems}


def test_a_file_that_is_not_utf_8_is_told(spoil: Spoil) -> None:
    directory = spoil("documents.yaml", "documents:", "documents:")
    (directory / "documents.yaml").write_bytes(b"documents: \xff")
    with pytest.raises(CatalogError, match=r"documents\.yaml: This file is not UTF-8 text\."):
        load(directory)
