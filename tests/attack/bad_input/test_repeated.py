"""A field sent more than once: two good answers are refused and not chosen from, very many are no burden."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from approval_svc.app import create_app as approval_app
from approval_svc.settings import Settings as ApprovalSettings
from approval_svc.tables import ApprovalRow
from identity_svc.app import create_app as identity_app
from identity_svc.settings import Settings as IdentitySettings
from request_svc.app import create_app as request_app
from request_svc.settings import Settings as RequestSettings
from request_svc.use_cases.import_organizations import import_organizations
from shared.catalog import the_catalog
from shared.clock import utc_now
from shared.db import Database
from shared.settings import load
from tests.approval_svc.browser import LORETTA
from tests.approval_svc.factories import general_user, official, route
from tests.architecture.journeys import OPERATIONS
from tests.architecture.sample_pages import signed_in
from tests.identity_svc.factories import PASSWORD
from tests.letters import dead_letter
from tests.pages import sign_in, soup
from tests.request_svc import factories as requests
from tests.request_svc.factories import NOW

VERY_MANY = 1900
"""Just below the most that a form may hold."""


def browser(app: Flask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def approvals(approval_database: Database, settings_environ: dict[str, str]) -> FlaskClient:
    return browser(approval_app(load(ApprovalSettings, settings_environ), approval_database))


@pytest.fixture
def forms(request_database: Database, settings_environ: dict[str, str]) -> FlaskClient:
    with request_database.transaction() as session:
        import_organizations(session, the_catalog().organizations, NOW)
    client = browser(request_app(load(RequestSettings, settings_environ), request_database))
    sign_in(client, signed_in(requests.ADA))
    return client


@pytest.fixture
def approval_id(approvals: FlaskClient, approval_database: Database) -> UUID:
    """An approval before Loretta, who has signed in."""
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user(), utc_now())
    sign_in(approvals, LORETTA)
    return approval.id


REJECTED = {"decision": "rejected", "reason": "not-needed"}


@pytest.mark.parametrize(
    "form",
    [
        {"decision": ["approved", "rejected"], "reason": "not-needed"},
        {"decision": ["rejected", "approved"], "reason": "not-needed"},
        REJECTED | {"reason": ["not-needed", "has-access"]},
        REJECTED | {"comment": ["Welcome.", "Never again."]},
    ],
)
def test_two_answers_to_one_question_decide_nothing(
    approvals: FlaskClient, approval_database: Database, approval_id: UUID, form: dict[str, Any]
) -> None:
    for step in ("", "/confirm"):
        assert approvals.post(f"/approvals/{approval_id}{step}", data=form).status_code == 422
    with approval_database.reading() as session:
        assert session.get_one(ApprovalRow, approval_id).decided_at is None


def test_the_same_answer_twice_is_one_answer(approvals: FlaskClient, approval_id: UUID) -> None:
    form = REJECTED | {"decision": ["rejected", "rejected"]}
    assert approvals.post(f"/approvals/{approval_id}", data=form).status_code == 200


@pytest.mark.parametrize("field", ["disciplines", "extra_privileges"])
def test_very_many_choices_that_are_not_on_offer_are_refused(
    approvals: FlaskClient, approval_id: UUID, field: str
) -> None:
    form = {"decision": "approved", field: [f"choice-{number}" for number in range(VERY_MANY)]}
    assert approvals.post(f"/approvals/{approval_id}", data=form).status_code == 422


def test_two_reasons_close_no_letter_and_very_many_letters_are_too_many(
    approvals: FlaskClient, approval_database: Database
) -> None:
    letter = str(dead_letter(approval_database))
    sign_in(approvals, OPERATIONS)
    path = "/operations/dead-letters"
    both = approvals.post(f"{path}/close", data={"letter": letter, "reason": ["Old", "New"]})
    many = {"letter": [str(uuid4()) for _ in range(VERY_MANY)], "reason": "Old"}
    assert both.status_code == 422
    assert [approvals.post(f"{path}/{act}", data=many).status_code for act in ("replay", "close")] == [422, 422]
    assert "Dead letters (1)" in approvals.get(path).text


def reach(forms: FlaskClient, category: str, role: str | None = None) -> str:
    """Returns the path of STEP 2, or of STEP 3 when a role is chosen."""
    step_2 = str(forms.post("/request-role", data={"category": category}).location)
    return str(forms.post(step_2, data={"role": role}).location) if role else step_2


def test_two_answers_in_a_step_go_no_further(forms: FlaskClient) -> None:
    assert forms.post("/request-role", data={"category": ["cms", "provider"]}).status_code == 422
    step_2 = reach(forms, "cms")
    option = "option-iqan-provider-type-admin"
    assert forms.post(step_2, data={"role": ["cms-general-user", "clia-admin"]}).status_code == 422
    assert forms.post(step_2, data={"role": option.removeprefix("option-"), option: ["nh", "hha"]}).status_code == 422
    step_3 = reach(forms, "state-agency", "state-agency-sc-general-user")
    answer = forms.post(step_3, data={"state": ["AL", "AK"]})
    assert answer.status_code == 422
    assert soup(answer).select_one("#error-summary a[href='#state']")
    assert forms.post(step_3, data={"state": "AL", "button": ["submit", "previous"]}).status_code == 400


def test_very_many_organizations_are_refused_and_one_of_them_very_often_is_one(
    forms: FlaskClient, request_database: Database
) -> None:
    step_3 = reach(forms, "contractor", "contract-surveyor")
    answers = {"survey_for": "cms", "surveyor_status": "new"}
    unknown = [f"organization-{number}" for number in range(VERY_MANY)]
    assert forms.post(step_3, data=answers | {"contract_organizations": unknown}).status_code == 422
    often = forms.post(step_3, data=answers | {"contract_organizations": ["certisurv"] * VERY_MANY})
    assert often.status_code == 303
    (written,) = requests.messages(request_database, "RoleRequested")
    assert len(written["organizations"]) == 1


def test_very_many_disciplines_keep_those_of_the_catalog(forms: FlaskClient, request_database: Database) -> None:
    grant = requests.grant_role(request_database, the_catalog(), requests.ADA)
    unknown = [f"discipline-{number}" for number in range(VERY_MANY)]
    answer = forms.post(f"/my-profile/roles/{grant}/disciplines", data={"disciplines": unknown})
    assert answer.status_code in (303, 422)


def test_two_user_ids_or_passwords_sign_nobody_in(
    identity_database: Database, settings_environ: dict[str, str]
) -> None:
    client = browser(identity_app(load(IdentitySettings, settings_environ), identity_database))
    for form in (
        {"user_id": ["angela", "robert"], "password": PASSWORD},
        {"user_id": "angela", "password": [PASSWORD, "another"]},
    ):
        answer = client.post("/login", data=form)
        assert answer.status_code == 400
        assert "several came in" in answer.text
