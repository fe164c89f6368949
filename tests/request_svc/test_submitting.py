"""From a draft to a request, against the real database."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from request_svc.domain.refusals import (
    AlreadyGrantedError,
    AlreadyRequestedError,
    CategoryWithoutRolesError,
    DraftMissingError,
    DraftSubmittedError,
    IncompleteError,
    OptionMissingError,
    OtherCategoryError,
    RefusalError,
    RoleNotInCategoryError,
    RoleNotRequestableError,
)
from request_svc.domain.requests import RequestState, lane
from request_svc.domain.steps import Answers
from request_svc.use_cases.choose_category import choose_category
from request_svc.use_cases.choose_role import choose_role
from request_svc.use_cases.keep_organizations import keep_organizations
from request_svc.use_cases.record_withdrawal import record_withdrawal
from request_svc.use_cases.start_draft import start_draft
from request_svc.use_cases.trim_drafts import DRAFT_LIFETIME, trim_drafts
from shared.catalog import Catalog
from shared.db import Database
from shared.messaging.tables import outbox
from tests.request_svc.factories import (
    ADA,
    ALABAMA,
    BEN,
    CLIA_STATE,
    FOR_ALABAMA,
    FOR_CMS,
    NOW,
    SAGU,
    SURVEYOR,
    VIEW_ONLY,
    begin,
    grant_role,
    messages,
    old_draft,
    request_role,
    submit,
    whole,
    withdrawn,
)


def test_a_submitted_request_is_told_in_full(database: Database, catalog: Catalog) -> None:
    answers = Answers(state="AL", employee_id="E-77", surveyor=False)
    request_id = request_role(database, catalog, role=SAGU, answers=answers)

    (message,) = messages(database, "RoleRequested")
    assert message["request_id"] == str(request_id)
    assert message["requester"]["user_id"] == ADA.user_id
    assert message["role_name"] == "State Agency S&C General User"
    assert message["employee_id"] == "E-77"
    assert message["surveyor"] is False
    assert message["organizations"] == [
        {"kind": "state", "id": "AL", "name": "Alabama", "time_zone": "America/Chicago"}
    ]
    assert [event.kind for event in whole(database, request_id).events] == ["submitted"]


def test_a_request_waits_in_the_lane_of_its_first_organization_or_of_its_category(
    database: Database, catalog: Catalog
) -> None:
    request_role(database, catalog, role=SAGU)
    with database.reading() as session:
        assert session.scalars(select(outbox.c.lane).distinct()).all() == ["state:AL"]
    assert lane("cms", []) == "cms"


def test_a_surveyor_for_a_state_has_one_part_and_all_organizations(database: Database, catalog: Catalog) -> None:
    request = whole(database, request_role(database, catalog, role=SURVEYOR, answers=FOR_ALABAMA))
    assert [part.scope for part in request.parts] == ["state:AL"]
    assert [each.kind for each in request.organization_values()] == [
        "state",
        "contract-organization",
        "contract-organization",
    ]


def test_a_surveyor_for_cms_has_a_part_for_each_contractor(database: Database, catalog: Catalog) -> None:
    request = whole(database, request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS))
    assert [part.organization_name for part in request.parts] == ["CertiSurv", "ASCT Services"]


def test_an_option_makes_the_role_name(database: Database, catalog: Catalog) -> None:
    with database.transaction() as session:
        draft_id = start_draft(session, catalog, ADA.user_id, "cms", NOW)
        session.flush()
        choose = {"role_id": "iqan-provider-type-admin", "now": NOW}
        with pytest.raises(OptionMissingError, match="Provider Type"):
            choose_role(session, catalog, draft_id, ADA.user_id, option_id=None, **choose)  # type: ignore[arg-type]  # keywords of mixed types
        choose_role(session, catalog, draft_id, ADA.user_id, option_id="nh", **choose)  # type: ignore[arg-type]  # keywords of mixed types
    request = whole(database, submit(database, catalog, draft_id, ADA, Answers()))
    assert request.role_name == "iQAN Nursing Home (NH) Admin"


def test_a_double_submit_makes_one_request(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    first = submit(database, catalog, draft_id, ADA, ALABAMA)
    assert submit(database, catalog, draft_id, ADA, ALABAMA) == first
    assert len(messages(database, "RoleRequested")) == 1


def together(*actions: Callable[[], object]) -> list[object]:
    """Runs the actions at once, each in a thread; returns what each returned or was refused with."""
    results: list[object] = [None] * len(actions)
    start = threading.Barrier(len(actions))

    def run(index: int) -> None:
        start.wait()
        try:
            results[index] = actions[index]()
        except RefusalError as refusal:
            results[index] = refusal

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_same_draft_submitted_twice_at_once_makes_one_request(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    results = together(*[partial(submit, database, catalog, draft_id, ADA, ALABAMA)] * 3)
    assert len(set(results)) == 1
    assert len(messages(database, "RoleRequested")) == 1


def test_two_tabs_at_once_make_one_request(database: Database, catalog: Catalog) -> None:
    drafts = [begin(database, catalog, ADA, CLIA_STATE) for _ in range(2)]
    results = together(*[partial(submit, database, catalog, draft_id, ADA, ALABAMA) for draft_id in drafts])
    assert sum(isinstance(result, AlreadyRequestedError) for result in results) == 1
    assert len(messages(database, "RoleRequested")) == 1


def test_two_tabs_at_once_cannot_leave_the_category(database: Database, catalog: Catalog) -> None:
    state, cms = begin(database, catalog, ADA, CLIA_STATE), begin(database, catalog, ADA, VIEW_ONLY)
    results = together(
        partial(submit, database, catalog, state, ADA, ALABAMA), partial(submit, database, catalog, cms, ADA, Answers())
    )
    assert sum(isinstance(result, OtherCategoryError) for result in results) == 1


def test_a_second_pending_request_names_the_first(database: Database, catalog: Catalog) -> None:
    first = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    draft_id = begin(database, catalog, ADA, SURVEYOR)
    with pytest.raises(AlreadyRequestedError, match="pending request for Contract Surveyor at CertiSurv") as refused:
        submit(database, catalog, draft_id, ADA, FOR_CMS)
    assert refused.value.request_id == first


def test_another_organization_or_another_person_is_free(database: Database, catalog: Catalog) -> None:
    request_role(database, catalog)
    request_role(database, catalog, answers=Answers(state="FL"))
    request_role(database, catalog, person=BEN)
    assert len(messages(database, "RoleRequested")) == 3


def test_a_withdrawn_request_can_be_made_again(database: Database, catalog: Catalog) -> None:
    first = request_role(database, catalog)
    with database.transaction() as session:
        record_withdrawal(session, withdrawn(whole(database, first).parts[0]))
    assert request_role(database, catalog) != first


def test_a_role_that_one_has_is_not_requested_again(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=CLIA_STATE)
    with pytest.raises(AlreadyGrantedError, match="already have the role") as refused:
        request_role(database, catalog)
    assert refused.value.grant_id == grant_id


def test_a_later_request_says_which_roles_the_person_has(database: Database, catalog: Catalog) -> None:
    grant_role(database, catalog, role=CLIA_STATE)
    request_role(database, catalog, role=SAGU)
    told = {message["role_id"]: message["roles_held"] for message in messages(database, "RoleRequested")}
    assert told["state-agency-sc-general-user"] == ["state-agency-clia-billing-user"]


def test_roles_and_pending_requests_bind_to_their_category(database: Database, catalog: Catalog) -> None:
    request_role(database, catalog)
    with database.transaction() as session, pytest.raises(OtherCategoryError, match="stay in the same category"):
        start_draft(session, catalog, ADA.user_id, "cms", NOW)


@pytest.mark.parametrize("category", ["accrediting-organization", "federal-agency", "qio-qin", "vendor"])
def test_a_category_without_roles_says_what_to_do_instead(database: Database, catalog: Catalog, category: str) -> None:
    with database.transaction() as session, pytest.raises(CategoryWithoutRolesError) as refused:
        start_draft(session, catalog, ADA.user_id, category, NOW)
    assert "Service Center" in refused.value.advice


@pytest.mark.parametrize(
    ("role_id", "refusal"),
    [
        ("cms-security-official", RoleNotRequestableError),
        ("cms-admin", RoleNotRequestableError),
        ("contract-surveyor", RoleNotInCategoryError),
        ("no-such-role", RoleNotInCategoryError),
    ],
)
def test_a_role_that_cannot_be_chosen(
    database: Database, catalog: Catalog, role_id: str, refusal: type[RefusalError]
) -> None:
    with database.transaction() as session:
        draft_id = start_draft(session, catalog, ADA.user_id, "cms", NOW)
        session.flush()
        with pytest.raises(refusal):
            choose_role(session, catalog, draft_id, ADA.user_id, role_id=role_id, option_id=None, now=NOW)


def test_an_unknown_organization_is_refused_at_its_field(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    with pytest.raises(IncompleteError) as refused:
        submit(database, catalog, draft_id, ADA, Answers(state="ZZ"))
    assert list(refused.value.problems) == ["state"]


def test_a_draft_is_its_owners_alone(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    with pytest.raises(DraftMissingError):
        submit(database, catalog, draft_id, BEN, ALABAMA)
    with database.transaction() as session, pytest.raises(DraftMissingError):
        keep_organizations(session, draft_id, BEN.user_id, {"state": ["FL"]}, NOW)


def test_a_submitted_draft_is_closed(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    submit(database, catalog, draft_id, ADA, ALABAMA)
    with database.transaction() as session, pytest.raises(DraftSubmittedError):
        choose_category(session, catalog, draft_id, ADA.user_id, "state-agency", NOW)


def test_old_drafts_are_trimmed_and_their_requests_stay_one(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    first = submit(database, catalog, draft_id, ADA, ALABAMA)
    with database.transaction() as session:
        trim_drafts(session, NOW + DRAFT_LIFETIME * 2)
    assert submit(database, catalog, draft_id, ADA, ALABAMA) == first
    assert whole(database, first).state is RequestState.PENDING


def test_young_drafts_stay(database: Database, count: Callable[[str], int]) -> None:
    with database.transaction() as session:
        old_draft(session, NOW - DRAFT_LIFETIME * 2)
        old_draft(session, NOW)
    with database.transaction() as session:
        trim_drafts(session, NOW)
    assert count("drafts") == 1
