"""What the audit of approval_svc says: who was asked, who decided and how, who became and ceased to be an official."""

import os
import pwd
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from approval_svc.cli import officials
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.withdraw import withdraw
from approval_svc.web import sign_ins
from shared.contracts import Person, RequestWithdrawn
from shared.db import Database
from tests.approval_svc import factories
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import ALABAMA, LIFETIME, NOW, general_user, official, returned_mail, route
from tests.audit import entries

ALABAMA_AUTHORITY = AuthorityId(kind="state", id="AL")
HEADER = "authority_kind,organization_id,user_id,name,email,phone,time_zone\n"
LORETTA_ROW = "state,AL,loretta,Loretta Simmons,loretta@x.example,202-555-0104,America/Chicago\n"


def only(database: Database, *actions: str) -> Any:
    (entry,) = entries(database, *actions)
    return entry


def test_a_request_that_comes_in_and_whom_it_is_put_before(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, request)
    came, asked = entries(approval_database)
    assert (came.action, came.subject_id) == ("request.received", str(request.request_id))
    assert came.after["organizations"] == ["state:AL"]
    assert came.on_behalf_of == "user:angela.whitaker"
    assert came.correlation_id == asked.correlation_id == factories.correlation_of(request)
    assert (asked.action, asked.subject_kind, asked.subject_id) == ("approval.asked", "approval", str(approval.id))
    assert asked.before is None
    assert asked.after == {
        "request": str(request.request_id),
        "state": "asked",
        "authority": "state:AL",
        "asked": [str(loretta.id)],
    }


def test_an_approval_that_moves_says_from_whom_to_whom(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        route(session, general_user())
    with approval_database.transaction() as session:
        remove_official(session, ALABAMA_AUTHORITY, "loretta", LIFETIME, NOW)
    removed, moved = entries(approval_database, "official.removed", "approval.moved")
    assert (removed.before, removed.after["active"], removed.after["user"]) == ({"active": True}, False, "loretta")
    assert moved.before == {"authority": "state:AL", "asked": [str(loretta.id)]}
    assert moved.after["asked"] == [str(margaret.id)]
    assert "state" not in moved.after, "only what changed"


def test_what_nobody_can_decide_and_what_becomes_of_it(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        route(session, general_user())
    with approval_database.transaction() as session:
        grant = factories.grant(
            Person(user_id="loretta", name="Loretta Simmons", email="loretta@x.example"),
            "state-agency-security-official",
            ALABAMA,
        )
        follow_grant(session, grant, LIFETIME, NOW)
    with approval_database.transaction() as session:
        follow_removal(session, factories.removal(grant), LIFETIME, NOW)
    assert [entry.action for entry in entries(approval_database)] == [
        "request.received",
        "approval.unroutable",
        "grant.given",
        "official.added",
        "approval.asked",
        "grant.removed",
        "official.removed",
        "approval.unroutable",
    ]
    added = only(approval_database, "official.added")
    assert (added.after["user"], added.after["authority"], added.after["source"]) == ("loretta", "state AL", "grant")
    assert added.after["email"] == "l***@x.example"


def test_a_decision_by_link_names_the_official_and_where_they_were(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    world.post(f"{link}/confirm", world.browser.get(link), decision="approved")
    decided = only(world.database, "approval.decided")
    assert (decided.who, decided.on_behalf_of) == (f"official:{loretta.id}", "authority:state:AL")
    assert (decided.before, decided.after["state"]) == ({"state": "asked"}, "approved")
    assert (decided.after["way"], decided.after["official"]) == ("link", str(loretta.id))
    origin = decided.origin
    assert (origin["kind"], origin["route"], origin["address"]) == ("web", "/decide/<token>/confirm", "127.0.0.1")
    assert UUID(origin["request_id"])


def test_no_entry_holds_a_token_or_a_whole_address(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(link)
    world.post(f"{link}/confirm", page, decision="rejected", reason="other", comment="Call me at home")
    written = " ".join(str(entry) for entry in entries(world.database))
    assert "approval.decided" in written
    for secret in (link.rpartition("/")[2], loretta.email, factories.ANGELA.email, "Call me at home"):
        assert secret not in written


def test_who_signed_in_decides_under_their_own_name(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    path = f"/approvals/{approval.id}"
    world.post(f"{path}/confirm", world.browser.get(path), decision="approved")
    decided = only(world.database, "approval.decided")
    assert (decided.who, decided.after["way"]) == ("user:loretta", "sign-in")
    assert decided.after["official"] == str(loretta.id)


def test_a_refused_decision_leaves_nothing(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(link)
    world.post(f"{link}/confirm", page, decision="approved")
    world.post(f"{link}/confirm", page, decision="rejected", reason="not-needed")
    assert only(world.database, "approval.decided").after["state"] == "approved"


def test_a_withdrawal_is_made_for_the_requester(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, request)
        withdraw(session, RequestWithdrawn(request_id=request.request_id, withdrawn_at=NOW), NOW)
    asked, ended = entries(approval_database, "request.withdrawal_asked", "approval.withdrawn")
    assert asked.on_behalf_of == ended.on_behalf_of == "user:angela.whitaker"
    assert (ended.before, ended.after["state"]) == ({"state": "asked"}, "withdrawn")


def test_mail_that_came_back_is_the_reason_for_passing_over(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        mark_unreachable(session, returned_mail(approval, "loretta"), LIFETIME, NOW + timedelta(hours=1))
    entry = only(approval_database, "official.unreachable")
    assert (entry.subject_id, entry.after["reachable"]) == (str(loretta.id), False)


@pytest.fixture
def imported(
    approval_database: Database, settings_environ: dict[str, str], tmp_path: Path
) -> Callable[[str], list[Any]]:
    def run(rows: str) -> list[Any]:
        file = tmp_path / "officials.csv"
        file.write_text(HEADER + rows)
        result = CliRunner(env=settings_environ).invoke(officials, ["import", str(file)])
        assert result.exit_code == 0, result.output
        return entries(approval_database)

    return run


def test_an_import_names_the_operator_and_what_it_changed(imported: Callable[[str], list[Any]]) -> None:
    (added,) = imported(LORETTA_ROW)
    assert added.action == "official.added"
    assert added.who == f"operator:{pwd.getpwuid(os.getuid()).pw_name}"
    assert (added.origin["kind"], added.origin["command"]) == ("command", "officials import")
    changed = imported(LORETTA_ROW.replace("loretta@x", "lorenza@x").replace("0104", "0199"))[-1]
    assert changed.action == "official.changed"
    assert changed.before == {"email": "l***@x.example", "phone": "…04"}
    assert changed.after == {"email": "l***@x.example", "phone": "…99"}
    assert len(imported(LORETTA_ROW.replace("loretta@x", "lorenza@x").replace("0104", "0199"))) == 2


def test_the_sign_in_of_an_official_is_kept_and_nobody_elses(world: World, loretta: OfficialRow) -> None:
    with world.browser.application.test_request_context("/sign-in/callback"):
        sign_ins.note(LORETTA)
        sign_ins.note(LORETTA.__class__(**LORETTA.__dict__ | {"user_id": "stranger"}))
    entry = only(world.database, "sign_in.official")
    assert (entry.who, entry.subject_id) == ("user:loretta", loretta.user_id)
    assert entry.after == {"authorities": ["state AL"]}
