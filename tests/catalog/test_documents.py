"""The catalog says what the three job aids say."""

import pytest

from shared.catalog import Catalog, Role

ROLES = {
    "cms": [
        "CMS View Only User",
        "CMS General User",
        "iQIES Help Desk",
        "iQIES Help Desk Production Control",
        "CMS Security Official",
        "Office of Financial Management User",
        "iQAN Admin",
        "iQAN Provider Type Admin",
        "iQAN Provider Type User",
        "CLIA Admin",
        "CLIA Data Exchange User",
        "iQAN Service Desk",
        "Active Provider File Role",
        "CLIA Billing User",
        "CLIA Billing Admin",
        "CMS Admin",
    ],
    "contractor": [
        "Medicare Administrative Contractor Security Official",
        "MAC Reports",
        "Contract Surveyor",
        "MAC OASIS API Access",
        "MAC MDS API Access",
        "MAC S&C Provider Certification",
        "ADO MDS API Access",
        "ADO Contractor Security Official",
        "ADO OASIS API Access",
        "CLIA Billing Contractor",
        "Contract Survey Admin",
        "CMS Contractor MAC User",
    ],
    "provider": [
        "Assessment Submitter",
        "Provider Assessment Viewer",
        "Provider Administrator",
        "Provider Assessment Coordinator",
        "Provider Security Official",
    ],
    "state-agency": [
        "State Agency Assessment Coordinator",
        "State Agency Security Official for S&C",
        "State Agency S&C General User",
        "MDS Extract Data API Access",
        "State Agency - iQAN CLIA User",
        "State Agency - CLIA Billing User",
    ],
}


def test_step_1_shows_the_eight_categories_of_figure_11(catalog: Catalog) -> None:
    assert [category.name for category in catalog.categories] == [
        "Accrediting Organization",
        "CMS",
        "Contractor",
        "Federal Agency",
        "Provider",
        "QIO/QIN",
        "State Agency",
        "Vendor",
    ]


@pytest.mark.parametrize("category", ROLES)
def test_step_2_shows_the_roles_of_the_figures_in_their_order(catalog: Catalog, category: str) -> None:
    assert [role.name for role in catalog.roles_in(category)] == ROLES[category]


def test_a_category_without_roles_says_whom_to_ask(catalog: Catalog) -> None:
    without = [category for category in catalog.categories if not catalog.roles_in(category.id)]
    assert [category.id for category in without] == ["accrediting-organization", "federal-agency", "qio-qin", "vendor"]
    for category in without:
        assert category.no_roles_advice is not None
        assert "888-477-7876" in category.no_roles_advice
        assert "iQIES@cms.hhs.gov" in category.no_roles_advice


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("SAGU", "state-agency-sc-general-user"),
        ("State Agency General User", "state-agency-sc-general-user"),
        ("State Agency Security Official", "state-agency-security-official"),
        ("CMS Contractor MAC Security Official", "mac-security-official"),
        ("OFM User Role", "office-of-financial-management-user"),
        ("Assessment Viewer", "provider-assessment-viewer"),
        ("State Agency \N{EN DASH} CLIA Billing User", "state-agency-clia-billing-user"),
        ("state agency  -  clia billing user", "state-agency-clia-billing-user"),
        ("clia-admin", "clia-admin"),
    ],
)
def test_a_role_is_found_by_each_name_that_a_document_gives_it(catalog: Catalog, name: str, role: str) -> None:
    found = catalog.find_role(name)
    assert found is not None
    assert found.id == role


def test_an_unknown_name_finds_no_role(catalog: Catalog) -> None:
    assert catalog.find_role("Surveyor General") is None
    with pytest.raises(KeyError):
        catalog.role("surveyor-general")


@pytest.mark.parametrize(
    ("step", "roles"),
    [
        ("contract-surveyor", {"contract-surveyor", "contract-survey-admin"}),
        (
            "ado",
            {
                "clia-billing-contractor",
                "ado-mds-api-access",
                "ado-oasis-api-access",
                "ado-contractor-security-official",
            },
        ),
    ],
)
def test_step_3_asks_for_the_organizations_of_the_figures(catalog: Catalog, step: str, roles: set[str]) -> None:
    assert {role.id for role in catalog.roles if role.step3 == step} == roles


def test_step_3_of_every_other_role_follows_its_category(catalog: Catalog) -> None:
    assert {role.step3 for role in catalog.roles_in("cms")} == {"none"}
    assert {role.step3 for role in catalog.roles_in("state-agency")} == {"state"}
    assert {role.step3 for role in catalog.roles_in("provider")} == {"provider"}


def test_are_you_a_surveyor_is_asked_where_figures_13_and_32_show_it(catalog: Catalog) -> None:
    asking = {role.id for role in catalog.roles if role.asks_surveyor}
    assert asking == {"state-agency-sc-general-user", "cms-general-user"}


def test_a_contract_surveyor_works_for_either_and_the_admin_for_cms_only(catalog: Catalog) -> None:
    assert catalog.role("contract-surveyor").survey_for == ("cms", "state")
    assert catalog.role("contract-survey-admin").survey_for == ("cms",)
    with_disciplines = {role.id for role in catalog.roles if role.has_disciplines}
    assert with_disciplines == {"contract-surveyor", "contract-survey-admin"}


def test_the_cms_security_official_role_is_not_for_request(catalog: Catalog) -> None:
    role = catalog.role("cms-security-official")
    assert not role.requestable
    assert role.why_not == (
        "The Security Official role is designated for specific staff at CMS Headquarters only. "
        "Do not request this role."
    )
    assert [each.id for each in catalog.roles if not each.requestable] == ["cms-security-official", "cms-admin"]


def test_step_2_explains_the_cms_security_official_role_and_leaves_out_what_no_figure_prints(catalog: Catalog) -> None:
    offered = {role.name for role in catalog.offered_in("cms")}
    assert "CMS Security Official" in offered
    assert "CMS Admin" not in offered
    assert offered == {role.name for role in catalog.roles_in("cms")} - {"CMS Admin"}
    assert "CMS Contractor MAC User" in {role.name for role in catalog.offered_in("contractor")}


def test_an_iqan_role_is_chosen_by_provider_type(catalog: Catalog) -> None:
    role = catalog.role("iqan-provider-type-admin")
    assert role.option("nh").role_name == "iQAN Nursing Home (NH) Admin"
    with pytest.raises(KeyError):
        role.option("hha")


def test_disciplines_stand_in_the_three_columns_of_figure_21(catalog: Catalog) -> None:
    columns = [[each.name for each in catalog.disciplines if each.column == number] for number in (1, 2, 3)]
    assert [len(column) for column in columns] == [13, 13, 12]
    assert [column[0] for column in columns] == ["Registered Nurse", "Physician", "Other"]
    assert [column[-1] for column in columns] == ["Medical Technologist", "X-Ray Specialist", "Spiritual Counselor"]
    assert "Recreational Therapist; Qualified Intellectual Disability Professional (QIDP)" in columns[1]


def test_contract_organizations_are_those_of_figure_25(catalog: Catalog) -> None:
    assert [each.name for each in catalog.organizations_of("contract-organization")] == [
        "Ascellon Corporation",
        "ASCT Services",
        "CertiSurv",
        "Copeland and Conner Healthcare Staffing",
        "Healthcare Management Solutions",
        "University of Colorado",
    ]


def test_a_provider_keeps_the_time_of_its_state(catalog: Catalog) -> None:
    alabama = catalog.organization("state", "AL")
    provider = catalog.organization("provider", "015009")
    assert (provider.state, provider.time_zone) == ("AL", alabama.time_zone)
    assert provider.demonstration
    assert not alabama.demonstration


@pytest.mark.parametrize(
    ("role", "survey_for", "decided_by"),
    [
        ("state-agency-sc-general-user", None, "state"),
        ("contract-surveyor", "state", "state"),
        ("contract-surveyor", "cms", "contract-organization"),
        ("contract-survey-admin", "cms", "contract-organization"),
        ("mac-reports", None, "mac"),
        ("clia-billing-contractor", None, "ado"),
        ("provider-security-official", None, "provider"),
        ("state-agency-security-official", None, "cms"),
        ("mac-security-official", None, "cms"),
        ("clia-admin", None, "cms"),
    ],
)
def test_routing_names_the_authority(catalog: Catalog, role: str, survey_for: str | None, decided_by: str) -> None:
    rule = catalog.rule_for(role, survey_for)
    assert rule is not None
    assert rule.decided_by == decided_by


def test_a_role_that_is_not_for_request_is_not_routed(catalog: Catalog) -> None:
    assert catalog.rule_for("cms-security-official") is None


def test_authorities_lead_up_to_the_help_desk(catalog: Catalog) -> None:
    chain = catalog.authority_chain("state")
    assert [authority.id for authority in chain] == ["state", "cms", "help-desk"]
    assert chain[0].name_for("Alabama") == "Security Officials of Alabama"


def test_each_official_role_makes_an_official(catalog: Catalog) -> None:
    officials: list[Role] = [role for role in catalog.roles if role.official_of]
    assert {role.id: role.official_of for role in officials} == {
        "iqies-help-desk-production-control": "help-desk",
        "cms-security-official": "cms",
        "mac-security-official": "mac",
        "ado-contractor-security-official": "ado",
        "provider-security-official": "provider",
        "state-agency-security-official": "state",
    }
