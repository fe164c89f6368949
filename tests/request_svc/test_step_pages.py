"""STEP 1 to STEP 3 in a browser without JavaScript."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from shared.catalog import Catalog
from shared.contracts import Person
from shared.db import Database
from tests.pages import token_of, words
from tests.request_svc.conftest import Browser, Visit, checked, errors
from tests.request_svc.factories import ADA, BEN, FOR_CMS, SURVEYOR, grant_role, messages, request_role

NEW_SURVEYOR = {"survey_for": "cms", "contract_organizations": ["certisurv"], "surveyor_status": "new"}


def test_the_welcome_page_leads_to_log_in_or_to_the_request(visit: Visit) -> None:
    assert "Log in" in visit(None).open("/")
    assert "/request-role" in visit().open("/")


def test_step_1_has_the_eight_categories_in_their_words(ada: Browser, catalog: Catalog) -> None:
    shown = words(ada.open("/request-role"))
    assert "STEP 1 Select a User Category Select the category of your organization to begin" in shown
    for category in catalog.categories:
        assert f"{category.name} {category.description}" in shown


def test_step_1_wants_an_answer(ada: Browser) -> None:
    answer = ada.send("/request-role")
    assert answer.status_code == 422
    assert errors(answer.text) == {"category": "Select a user category."}
    assert errors(ada.send("/request-role", {"category": "wizards"}).text) == {"category": "Select a user category."}


def test_a_category_without_roles_says_what_to_do(ada: Browser) -> None:
    answer = ada.send("/request-role", {"category": "vendor"})
    assert answer.status_code == 422
    assert "What to do instead" in answer.text
    assert checked(answer.text) == {"vendor"}


def test_another_category_is_refused_at_the_field(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_role(database, catalog)
    answer = ada.send("/request-role", {"category": "cms"})
    assert errors(answer.text)["category"].startswith("You must stay in the same category of users")


@pytest.mark.parametrize("category", ["cms", "contractor", "provider", "state-agency"])
def test_step_2_has_every_role_of_the_category(ada: Browser, catalog: Catalog, category: str) -> None:
    shown = words(ada.open(ada.start(category)))
    assert "STEP 2 Select a User Role Select the user role that best fits your needs." in shown
    for role in catalog.offered_in(category):
        assert f"{role.name} {role.description}" in shown
        assert role.requestable or str(role.why_not) in shown


def test_the_cms_security_official_explains_itself(ada: Browser) -> None:
    answer = ada.send(ada.start("cms"), {"role": "cms-security-official"})
    assert answer.status_code == 422
    assert "Do not request this role." in errors(answer.text)["role"]


def test_a_role_with_options_asks_for_one_at_its_field(ada: Browser) -> None:
    path = ada.start("cms")
    answer = ada.send(path, {"role": "iqan-provider-type-admin"})
    assert list(errors(answer.text)) == ["option-iqan-provider-type-admin"]
    done = ada.send(path, {"role": "iqan-provider-type-admin", "option-iqan-provider-type-admin": "nh"})
    assert "iQAN Nursing Home (NH) Admin" in ada.open(str(done.location))


def test_step_2_remembers_when_one_comes_back(ada: Browser) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-sc-general-user")
    assert checked(ada.open(path.replace("organizations", "role"))) == {"state-agency-sc-general-user"}
    assert checked(ada.open(path.replace("organizations", "category"))) == {"state-agency"}


def test_another_category_forgets_the_role(ada: Browser) -> None:
    step_3 = ada.reach_step_3("state-agency", "state-agency-sc-general-user")
    ada.send(step_3.replace("organizations", "category"), {"category": "cms"})
    answer = ada.client.get(step_3)
    assert (answer.status_code, answer.location) == (302, step_3.replace("organizations", "role"))


@pytest.mark.parametrize(
    ("category", "role", "asked"),
    [
        ("cms", "clia-admin", "This role does not require the addition of organizations."),
        ("cms", "cms-general-user", "Are you a Surveyor?"),
        ("state-agency", "state-agency-sc-general-user", "Enter the state for your organization."),
        ("contractor", "contract-surveyor", "Are you a New or Existing Surveyor?"),
        ("contractor", "clia-billing-contractor", "Select your organization for the CLIA Billing Contractor role."),
        ("contractor", "mac-reports", "Medicare Administrative Contractor"),
        ("provider", "provider-administrator", "Find your provider"),
    ],
)
def test_step_3_asks_what_the_role_needs(ada: Browser, category: str, role: str, asked: str) -> None:
    shown = words(ada.open(ada.reach_step_3(category, role)))
    assert "STEP 3 Add Organizations" in shown
    assert asked in shown


def test_only_roles_that_show_it_ask_for_a_surveyor(ada: Browser) -> None:
    page = ada.open(ada.reach_step_3("state-agency", "state-agency-clia-billing-user"))
    assert "Are you a Surveyor?" not in page


def test_a_survey_admin_is_not_asked_for_a_state(ada: Browser) -> None:
    page = BeautifulSoup(ada.open(ada.reach_step_3("contractor", "contract-survey-admin")), "html.parser")
    assert [each["value"] for each in page.select("input[name=survey_for]")] == ["cms"]
    assert page.select_one("select[name=state]") is None


def test_step_3_names_what_is_missing_and_keeps_the_rest(ada: Browser) -> None:
    path = ada.reach_step_3("contractor", "contract-surveyor")
    form = {"survey_for": "state", "contract_organizations": ["certisurv"], "surveyor_status": "existing"}
    answer = ada.send(path, {**form, "federal_surveyor_id": "AB12", "confirm_federal_surveyor_id": "AB13"})
    assert answer.status_code == 422
    assert set(errors(answer.text)) == {"state", "confirm_federal_surveyor_id"}
    assert checked(answer.text) == {"state", "certisurv", "existing"}
    assert 'value="AB13"' in answer.text


def test_a_surveyor_id_is_letters_and_digits(ada: Browser) -> None:
    path = ada.reach_step_3("contractor", "contract-surveyor")
    answer = ada.send(path, {**NEW_SURVEYOR, "federal_surveyor_id": "A B;", "confirm_federal_surveyor_id": "A B;"})
    assert "letters and digits" in errors(answer.text)["federal_surveyor_id"]


def test_what_is_typed_never_becomes_markup(ada: Browser) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-clia-billing-user")
    answer = ada.send(path, {"state": "AL", "employee_id": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("E" * 60, "Use 40 characters at most."),
        ("E;77", "Use letters, digits, spaces, dots and hyphens only."),
        ("-77", "Begin with a letter or a digit."),
    ],
)
def test_each_fault_of_an_employee_id_has_its_sentence(ada: Browser, typed: str, sentence: str) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-clia-billing-user")
    answer = ada.send(path, {"state": "AL", "employee_id": typed})
    assert errors(answer.text) == {"employee_id": sentence}
    assert f'value="{typed}"' in answer.text


def test_an_employee_id_may_hold_spaces_dots_and_hyphens(ada: Browser) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-clia-billing-user")
    assert ada.send(path, {"state": "AL", "employee_id": "A.1 b-" + "2" * 34}).status_code == 303


@pytest.mark.parametrize("state", ["ZZ", "Z" * 65])
def test_a_state_that_is_not_in_the_list_is_refused_in_its_own_words(ada: Browser, state: str) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-clia-billing-user")
    assert errors(ada.send(path, {"state": state}).text) == {"state": "Select a state from the list."}


def test_previous_keeps_what_was_entered(ada: Browser, database: Database) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-sc-general-user")
    answer = ada.send(path, {"state": "FL", "employee_id": "E;", "surveyor": "yes", "button": "previous"})
    assert (answer.status_code, answer.location) == (303, path.replace("organizations", "role"))
    shown = ada.open(path)
    assert checked(shown) == {"FL", "yes"}
    assert 'value="E;"' in shown
    assert messages(database, "RoleRequested") == []


def test_skip_question_clears_the_answer_alone(ada: Browser) -> None:
    path = ada.reach_step_3("state-agency", "state-agency-sc-general-user")
    ada.send(path, {"state": "FL", "surveyor": "yes", "button": "skip"})
    assert checked(ada.open(path)) == {"FL"}


def test_two_tabs_keep_their_own_entries(ada: Browser) -> None:
    first = ada.reach_step_3("state-agency", "state-agency-clia-billing-user")
    second = ada.reach_step_3("state-agency", "state-agency-clia-billing-user")
    ada.send(first, {"state": "FL", "button": "previous"})
    ada.send(second, {"state": "AL", "button": "previous"})
    assert checked(ada.open(first)) == {"FL"}


def test_a_provider_is_found_by_ccn_or_name_and_chosen(ada: Browser, database: Database) -> None:
    path = ada.reach_step_3("provider", "provider-administrator")
    ada.send(path, {"provider_search": "home health", "button": "search"})
    assert "Everglades Home Health Services" in ada.open(path)
    ada.send(path, {"provider_search": "0150", "provider": "108016", "button": "search"})
    shown = ada.open(path)
    assert "Magnolia Court Nursing Center" in shown
    assert checked(shown) == {"108016"}
    assert ada.send(path, {"provider": "015009"}).status_code == 303
    assert messages(database, "RoleRequested")[0]["organizations"][0]["id"] == "015009"


@pytest.mark.parametrize("words", ["%", "_", "no such house"])
def test_a_search_takes_its_words_literally(ada: Browser, words: str) -> None:
    path = ada.reach_step_3("provider", "provider-administrator")
    ada.send(path, {"provider_search": words, "button": "search"})
    assert "No provider has a CCN" in ada.open(path)


def test_submitting_shows_the_banner_once(ada: Browser) -> None:
    answer = ada.send(ada.reach_step_3("cms", "clia-admin"))
    assert (answer.status_code, answer.location) == (303, "/my-profile")
    shown = words(ada.open("/my-profile"))
    assert "Role Request Submitted Your approval status will be emailed to you after your request is reviewed." in shown
    assert "Role Request Submitted" not in ada.open("/my-profile")


def test_a_double_submit_lands_on_the_same_request(ada: Browser, database: Database) -> None:
    path = ada.reach_step_3("cms", "clia-admin")
    form = {"csrf_token": token_of(ada.open(path))}
    for _ in range(2):
        assert ada.client.post(path, data=form).location == "/my-profile"
        assert "Role Request Submitted" in ada.open("/my-profile")
    assert len(messages(database, "RoleRequested")) == 1
    assert ada.client.get(path).location == "/my-profile"


def test_a_second_request_links_to_the_first(ada: Browser, database: Database, catalog: Catalog) -> None:
    first = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    answer = ada.send(ada.reach_step_3("contractor", "contract-surveyor"), NEW_SURVEYOR)
    assert answer.status_code == 422
    assert "You already have a pending request for Contract Surveyor at CertiSurv." in answer.text
    assert f"/my-profile#request-{first}" in answer.text
    assert f'id="request-{first}"' in ada.open("/my-profile")


def test_a_role_that_one_has_links_to_it(ada: Browser, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog)
    path = ada.reach_step_3("contractor", "contract-surveyor")
    answer = ada.send(path, {**NEW_SURVEYOR, "survey_for": "state", "state": "AL"})
    assert f"/my-profile#grant-{grant_id}" in answer.text


@pytest.mark.parametrize("step", ["category", "role", "organizations"])
def test_another_persons_draft_is_not_found(visit: Visit, step: str) -> None:
    path = visit(ADA).reach_step_3("cms", "clia-admin").replace("organizations", step)
    ben = visit(BEN)
    assert ben.client.get(path).status_code == 404
    form = {"category": "cms", "role": "clia-admin"}
    assert ben.send(path, form, page="/request-role").status_code == 404


def test_a_form_without_its_token_is_refused(ada: Browser, database: Database) -> None:
    path = ada.reach_step_3("cms", "clia-admin")
    assert ada.client.post(path, data={"button": "submit"}).status_code == 400
    assert messages(database, "RoleRequested") == []


@pytest.mark.parametrize("path", ["/request-role", "/my-profile"])
def test_nobody_gets_in_without_logging_in(visit: Visit, path: str) -> None:
    answer = visit(None).client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


def test_looking_writes_nothing(visit: Visit, count: Callable[[str], int]) -> None:
    path = visit(ADA).reach_step_3("cms", "clia-admin")
    drafts, sent = count("drafts"), count("outbox")
    browser = visit(Person(user_id=ADA.user_id, name="Ada", email=""))
    for page in ("/", "/request-role", path, path.replace("organizations", "role"), "/my-profile", "/roles"):
        browser.open(page)
    assert (count("drafts"), count("outbox")) == (drafts, sent)
