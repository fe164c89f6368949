"""STEP 3 as plain rules."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from request_svc.domain.categories import may_choose
from request_svc.domain.steps import Answers, Question, Step, chosen, deciding, problems, relevant, scope_of

SURVEYOR = Question(step=Step.CONTRACT_SURVEYOR, survey_for=("cms", "state"))
ADMIN = Question(step=Step.CONTRACT_SURVEYOR, survey_for=("cms",))
FOR_CMS = Answers(survey_for="cms", contract_organizations=("certisurv",), surveyor_status="new")
ONE_OF_EACH = Answers(state="AL", ado="summit", mac="great-plains", provider="015009")
EXISTING = replace(FOR_CMS, surveyor_status="existing", federal_surveyor_id="AB12", confirm_federal_surveyor_id="AB12")

ids = st.none() | st.sampled_from(["AL", "FL", "certisurv", "015009"])
any_answers = st.builds(
    Answers,
    survey_for=st.none() | st.sampled_from(["cms", "state", "else"]),
    state=ids,
    contract_organizations=st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map(tuple),
    ado=ids,
    mac=ids,
    provider=ids,
    employee_id=ids,
    surveyor=st.none() | st.booleans(),
    surveyor_status=st.none() | st.sampled_from(["new", "existing"]),
    federal_surveyor_id=ids,
    confirm_federal_surveyor_id=ids,
)
any_question = st.builds(
    Question, step=st.sampled_from(Step), survey_for=st.just(("cms", "state")), asks_surveyor=st.booleans()
)


def test_a_national_role_needs_no_organization_and_one_decision() -> None:
    national = Question(step=Step.NONE)
    assert problems(national, Answers()) == {}
    assert deciding(national, Answers(state="AL")) == (None,)


@pytest.mark.parametrize("step", [Step.STATE, Step.ADO, Step.MAC, Step.PROVIDER])
def test_an_organization_must_be_chosen(step: Step) -> None:
    assert list(problems(Question(step=step), Answers())) == [step.value]
    assert problems(Question(step=step), ONE_OF_EACH) == {}


def test_a_surveyor_for_a_state_is_decided_by_the_state_alone() -> None:
    answers = replace(FOR_CMS, survey_for="state", state="AL")
    assert problems(SURVEYOR, answers) == {}
    assert [scope_of(key) for key in deciding(SURVEYOR, answers)] == ["state:AL"]
    assert [key.kind for key in chosen(SURVEYOR, answers)] == ["state", "contract-organization"]


def test_a_surveyor_for_cms_is_decided_by_each_contract_organization() -> None:
    answers = replace(FOR_CMS, contract_organizations=("certisurv", "asct-services", "certisurv"), state="AL")
    assert [scope_of(key) for key in deciding(SURVEYOR, answers)] == [
        "contract-organization:certisurv",
        "contract-organization:asct-services",
    ]


def test_a_survey_admin_cannot_survey_for_a_state() -> None:
    assert "survey_for" in problems(ADMIN, replace(FOR_CMS, survey_for="state", state="AL"))


def test_an_empty_step_names_every_field() -> None:
    assert set(problems(SURVEYOR, Answers())) == {"survey_for", "contract_organizations", "surveyor_status"}
    assert "state" in problems(SURVEYOR, replace(FOR_CMS, survey_for="state"))


def test_an_existing_surveyor_gives_the_id_twice() -> None:
    assert problems(SURVEYOR, EXISTING) == {}
    assert "federal_surveyor_id" in problems(SURVEYOR, replace(EXISTING, federal_surveyor_id=None))
    assert "confirm_federal_surveyor_id" in problems(SURVEYOR, replace(EXISTING, confirm_federal_surveyor_id=None))
    assert "confirm_federal_surveyor_id" in problems(SURVEYOR, replace(EXISTING, confirm_federal_surveyor_id="AB13"))


def test_a_new_surveyor_need_not_have_an_id_yet_but_must_not_mistype_it() -> None:
    assert problems(SURVEYOR, FOR_CMS) == {}
    assert "confirm_federal_surveyor_id" in problems(SURVEYOR, replace(FOR_CMS, federal_surveyor_id="AB12"))


@given(any_question, any_answers)
def test_what_another_step_asked_never_travels_along(question: Question, answers: Answers) -> None:
    kept = relevant(question, answers)
    assert relevant(question, kept) == kept
    assert chosen(question, answers) == chosen(question, kept)
    if question.step is not Step.CONTRACT_SURVEYOR:
        assert kept.federal_surveyor_id is None
    if not question.asks_surveyor:
        assert kept.surveyor is None


@given(any_question, any_answers)
def test_a_complete_step_always_has_a_decision_and_none_twice(question: Question, answers: Answers) -> None:
    if problems(question, answers):
        return
    decisions = deciding(question, answers)
    assert decisions
    assert len({scope_of(key) for key in decisions}) == len(decisions)
    assert (None in decisions) == (question.step is Step.NONE)


@given(st.sets(st.sampled_from(["cms", "contractor", "state-agency"])), st.sampled_from(["cms", "vendor"]))
def test_the_first_category_is_free_and_binds(held: set[str], wanted: str) -> None:
    assert may_choose(wanted, held) == (not held or wanted in held)
