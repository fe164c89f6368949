"""My Profile, withdrawing, disciplines, role pages and the role finder in a browser."""

import pytest

from request_svc.domain.requests import Happening
from request_svc.domain.steps import Answers
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_routing import record_routing
from request_svc.use_cases.record_unroutable import record_unroutable
from request_svc.use_cases.record_withdrawal import record_withdrawal
from request_svc.use_cases.timeline import note
from shared.catalog import Catalog
from shared.contracts import Decision
from shared.db import Database
from tests.pages import soup, token_of, words
from tests.request_svc.conftest import Browser, Visit
from tests.request_svc.factories import (
    BEN,
    CLIA_STATE,
    FOR_ALABAMA,
    FOR_CMS,
    LATER,
    LORETTA,
    SAGU,
    SURVEYOR,
    asked,
    decided,
    grant_role,
    messages,
    nobody,
    request_role,
    whole,
    withdrawn,
)


def facts(html: str) -> dict[str, str]:
    """The labelled fields of a page, the last of each label."""
    page = soup(html)
    return {each.dt.get_text(): each.dd.get_text() for each in page.select(".cs-facts > div") if each.dt and each.dd}


def test_an_empty_profile_says_so(ada: Browser) -> None:
    shown = ada.open("/my-profile")
    assert "You have no pending role requests." in shown
    assert facts(shown) == {"User ID": "ada.wells", "Email": "ada@example.org", "Phone Number": "555-0100"}
    link = soup(shown).find("a", string="Edit in HARP")
    assert link
    assert link["target"] == "_blank"


def test_a_security_official_finds_the_way_to_my_approvals(ada: Browser, database: Database, catalog: Catalog) -> None:
    def ways_there() -> list[str]:
        found = soup(ada.open("/my-profile")).select('a[href="http://127.0.0.1:8002/my-approvals"]')
        return [each.get_text(strip=True) for each in found]

    assert ways_there() == ["For Security Officials"]  # whom no role here made one, too
    grant_role(database, catalog, role=SAGU)
    assert ways_there() == ["For Security Officials"]
    grant_role(database, catalog, role=("state-agency", "state-agency-security-official"))
    assert ways_there() == ["For Security Officials", "My Approvals"]


def test_a_state_request_shows_its_fields(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_role(database, catalog)
    shown = facts(ada.open("/my-profile"))
    assert shown["User Role"] == "State Agency - CLIA Billing User"
    assert shown["State Agency"] == "Alabama"
    assert shown["Management Unit"] == shown["Work Unit"] == "No information"
    assert shown["Request Date"] == "11/23/2026"
    assert "Surveyor" not in shown


def test_a_general_user_shows_the_surveyor_fields(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_role(database, catalog, role=SAGU, answers=Answers(state="AL"))
    shown = facts(ada.open("/my-profile"))
    assert shown["Surveyor"] == shown["Surveyor Disciplines"] == "No information"


def test_a_contract_surveyor_shows_state_and_contract_organizations(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    request_role(database, catalog, role=SURVEYOR, answers=FOR_ALABAMA)
    shown = facts(ada.open("/my-profile"))
    assert shown["Organization"] == "State"
    assert shown["State"] == "Alabama"
    assert shown["Contract Organization"] == "CertiSurv\nASCT Services"


def test_officials_appear_without_a_reload(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    progress = f"/my-profile/requests/{request_id}/progress"
    assert f'data-refresh="{progress}"' in ada.open("/my-profile")
    assert "X-Final" not in ada.client.get(progress).headers

    with database.transaction() as session:
        record_routing(session, asked(whole(database, request_id).parts[0], LORETTA))
    answer = ada.client.get(progress)
    assert answer.headers["X-Final"] == "yes"
    assert facts(answer.text)["Security Official Name"] == "Loretta Simmons"
    assert facts(answer.text)["Security Official Contact"] == "loretta@example.org\n555-0111"
    assert "Sent to Loretta Simmons for Alabama." in words(answer.text)
    assert "data-refresh" not in ada.open("/my-profile")


def test_a_request_that_waits_for_an_official_says_so(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    with database.transaction() as session:
        record_unroutable(session, nobody(whole(database, request_id).parts[0]))
    assert "Nobody can decide yet." in facts(ada.open("/my-profile"))["Security Official Name"]


def test_each_organizations_outcome_has_its_reason_and_comment(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    first, second = whole(database, request_id).parts
    with database.transaction() as session:
        record_decision(session, decided(first), LATER)
        refusal = decided(second, Decision.REJECTED, reason="Wrong organization", comment="<b>Not ours</b>")
        record_decision(session, refusal, LATER)
    shown = ada.open("/my-profile")
    past = words(shown[shown.index("Past Requests") :])
    assert "CertiSurv Approved Approved by Loretta Simmons on 11/23/2026." in past
    assert "Rejected by Loretta Simmons on 11/23/2026. Reason: Wrong organization <b>Not ours</b>" in past
    assert "<b>Not ours" not in shown


@pytest.mark.parametrize("kind", Happening)
def test_the_timeline_has_words_for_everything_that_happens(
    ada: Browser, database: Database, catalog: Catalog, kind: Happening
) -> None:
    request_id = request_role(database, catalog)
    with database.transaction() as session:
        note(session, request_id, kind, LATER, organization="Alabama", people=["Loretta Simmons"])
    assert "11/23/2026 12:00 PM EST" in words(ada.open("/my-profile"))


def test_a_past_request_shows_the_disciplines_that_were_granted(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    request_id = request_role(database, catalog, role=SAGU, answers=Answers(state="AL", surveyor=True))
    with database.transaction() as session:
        decision = decided(whole(database, request_id).parts[0], disciplines=("Registered Nurse", "Engineer"))
        record_decision(session, decision, LATER)
    shown = ada.open("/my-profile")
    for section in (shown[: shown.index("Past Requests")], shown[shown.index("Past Requests") :]):
        assert facts(section)["Surveyor Disciplines"] == "Registered Nurse\nEngineer"


def test_a_missing_discipline_is_named_edited_and_saved(ada: Browser, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog)
    shown = words(ada.open("/my-profile"))
    sentence = "Please select at least 1 primary discipline for the following role(s): Contract Surveyor"
    assert f"Missing Discipline {sentence}" in shown
    assert "Contract Surveyor - Alabama" in shown

    edit = f"/my-profile/roles/{grant_id}/disciplines"
    page = soup(ada.open(edit))
    assert len(page.select("input[name=disciplines]")) == len(catalog.disciplines)
    assert "Select at least one discipline." in ada.send(edit).text
    saved = ada.send(edit, {"disciplines": ["registered-nurse", "engineer"]})
    assert saved.location == f"/my-profile#grant-{grant_id}"
    shown = ada.open("/my-profile")
    assert "Missing Discipline" not in shown
    assert facts(shown[: shown.index("Past Requests")])["Surveyor Disciplines"] == "Registered Nurse\nEngineer"
    ticked = soup(ada.open(edit)).select("input[checked]")
    assert [each["value"] for each in ticked] == ["registered-nurse", "engineer"]


def test_disciplines_of_another_person_are_not_found(visit: Visit, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog)
    edit = f"/my-profile/roles/{grant_id}/disciplines"
    ben = visit(BEN)
    assert ben.client.get(edit).status_code == 404
    assert ben.send(edit, {"disciplines": ["engineer"]}, page="/request-role").status_code == 404


def test_a_role_without_disciplines_has_no_edit(ada: Browser, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=CLIA_STATE)
    assert "Missing Discipline" not in ada.open("/my-profile")
    assert ada.client.get(f"/my-profile/roles/{grant_id}/disciplines").status_code == 404


def test_withdrawing_asks_first_is_under_way_and_then_seen_in_place(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    request_id = request_role(database, catalog)
    with database.transaction() as session:
        record_routing(session, asked(whole(database, request_id).parts[0], LORETTA))
    path, progress = (f"/my-profile/requests/{request_id}/{page}" for page in ("withdraw", "progress"))
    assert "Withdraw this request?" in ada.open(path)
    assert ada.send(path).location == "/my-profile"
    shown = ada.open("/my-profile")
    assert "Withdrawal Requested It takes effect as soon as it has reached the Security Officials" in words(shown)
    assert facts(shown)["Status"] == "Withdrawal under way"
    assert f'data-refresh="{progress}"' in shown
    assert "Withdraw this request" not in shown
    assert "X-Final" not in ada.client.get(progress).headers
    assert ada.client.get(path).location == f"/my-profile#request-{request_id}"

    with database.transaction() as session:
        record_withdrawal(session, withdrawn(whole(database, request_id).parts[0]))
    answer = ada.client.get(progress)
    assert answer.headers["X-Final"] == "yes"
    assert facts(answer.text)["Status"] == "Withdrawn"
    shown = ada.open("/my-profile")
    assert "You have no pending role requests." in shown
    past = words(shown[shown.index("Past Requests") :])
    assert "State Agency - CLIA Billing User, withdrawn 11/23/2026" in past
    assert "You asked to withdraw the request." in past
    assert "The request for Alabama was withdrawn." in past


def test_a_decision_that_came_first_is_shown_in_place_of_the_withdrawal(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    request_id = request_role(database, catalog)
    ada.send(f"/my-profile/requests/{request_id}/withdraw")
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    answer = ada.client.get(f"/my-profile/requests/{request_id}/progress")
    assert answer.headers["X-Final"] == "yes"
    assert facts(answer.text)["Status"] == "Approved"


def test_only_what_is_undecided_is_being_withdrawn(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    ada.send(f"/my-profile/requests/{request_id}/withdraw")
    cells = soup(ada.open("/my-profile")).select("article .cs-parts .cs-tag")
    assert [cell.get_text() for cell in cells] == ["Approved", "Withdrawal under way"]


def test_asking_to_withdraw_in_two_tabs_is_one_withdrawal(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    path = f"/my-profile/requests/{request_id}/withdraw"
    token = token_of(ada.open(path))
    for _ in range(2):
        assert ada.client.post(path, data={"csrf_token": token}).status_code == 303
    assert "Withdrawal Requested" in ada.open("/my-profile")
    assert len(messages(database, "RequestWithdrawn")) == 1


def test_withdrawing_what_was_decided_meanwhile_says_so(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    path = f"/my-profile/requests/{request_id}/withdraw"
    token = token_of(ada.open(path))
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    assert ada.client.post(path, data={"csrf_token": token}).status_code == 303
    assert "This request is decided already" in ada.open("/my-profile")


def test_another_persons_request_is_not_found(visit: Visit, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    ben, path = visit(BEN), f"/my-profile/requests/{request_id}"
    assert ben.client.get(f"{path}/withdraw").status_code == 404
    assert ben.client.get(f"{path}/progress").status_code == 404
    assert ben.send(f"{path}/withdraw", page="/request-role").status_code == 404


def test_every_role_has_a_page(visit: Visit, catalog: Catalog) -> None:
    stranger = visit(None)
    listed = stranger.open("/roles")
    for role in catalog.roles:
        assert f"/roles/{role.id}" in listed
        shown = words(stranger.open(f"/roles/{role.id}"))
        assert role.description in shown
        for privilege in catalog.privileges_of(role):
            assert privilege.action in shown
        assert ("Who approves it" in shown) == role.requestable
    assert stranger.client.get("/roles/wizard").status_code == 404


def test_a_general_users_page_tells_what_the_official_may_add(visit: Visit) -> None:
    shown = words(visit(None).open("/roles/state-agency-sc-general-user"))
    assert "Also called: State Agency General User; SAGU" in shown
    assert "Security Officials of the state or territory that you choose" in shown
    assert "May be added by the Security Official" in shown


def test_the_finder_puts_the_least_privilege_first(visit: Visit, catalog: Catalog) -> None:
    wanted = "clia.access-the-clia-accounting-system"
    shown = visit(None).open(f"/role-finder?privilege={wanted}&find=yes")
    found = [each.get_text() for each in soup(shown).select(".usa-collection__heading a")]
    assert found == [match.role.name for match in catalog.roles_with([wanted])]
    assert "Your Security Official must add" in shown


def test_the_finder_is_patient_with_odd_questions(visit: Visit) -> None:
    stranger = visit(None)
    assert "Nothing is ticked" in stranger.open("/role-finder?find=yes")
    assert "Nothing is ticked" in stranger.open("/role-finder?find=yes&privilege=%3Cscript%3E")
