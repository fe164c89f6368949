"""What the audit of request_svc says of requests, roles and organizations."""

import os
import pwd
from dataclasses import replace
from datetime import timedelta
from typing import Any

from click.testing import CliRunner

from request_svc import queries
from request_svc.use_cases.import_organizations import import_organizations
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_routing import record_routing
from request_svc.use_cases.record_unroutable import record_unroutable
from request_svc.use_cases.record_withdrawal import record_withdrawal
from request_svc.use_cases.save_disciplines import save_disciplines
from request_svc.use_cases.withdraw_request import withdraw_request
from request_svc.worker import HANDLERS
from shared.catalog import Catalog
from shared.cli import main
from shared.contracts import Decision
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from tests.audit import entries
from tests.request_svc.factories import (
    ADA,
    FOR_ALABAMA,
    FOR_CMS,
    LATER,
    LORETTA,
    NOW,
    SURVEYOR,
    asked,
    begin,
    decided,
    grant_role,
    nobody,
    request_role,
    whole,
    withdrawn,
)


def only(database: Database, *actions: str) -> Any:
    (entry,) = entries(database, *actions)
    return entry


def test_a_request_is_submitted_by_its_requester(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    entry = only(database, "request.submitted")
    assert (entry.who, entry.subject_id, entry.at) == (f"user:{ADA.user_id}", str(request_id), NOW)
    assert entry.correlation_id == whole(database, request_id).correlation_id
    assert (entry.after["state"], entry.after["parts"]) == ("pending", ["state:AL"])
    assert ADA.email not in str(entry)


def test_a_draft_is_its_owners_own_business(database: Database, catalog: Catalog) -> None:
    before = len(entries(database))
    begin(database, catalog, ADA, SURVEYOR)
    assert len(entries(database)) == before


def test_who_is_asked_and_that_nobody_can_be(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    with database.transaction() as session:
        part = queries.request_of(session, request_id).parts[0]
        first = asked(part, LORETTA)
        record_routing(session, first)
        record_unroutable(session, nobody(part, LATER + timedelta(hours=1)))
    routed, stuck = entries(database, "request.routed", "request.unroutable")
    officials = [str(first.officials[0].official_id)]
    assert (routed.before["asked"], routed.after["asked"]) == ([], officials)
    assert (stuck.before["asked"], stuck.after["asked"]) == (officials, [])
    assert routed.after["part"] == stuck.after["part"] == "state:AL"


def test_an_approval_decides_closes_and_grants(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=SURVEYOR)
    assert [entry.action for entry in entries(database, "request.decided", "grant.given")] == [
        "request.decided",
        "grant.given",
    ]
    given = only(database, "grant.given")
    assert (given.subject_id, given.after["holder"], given.after["part"]) == (str(grant_id), ADA.user_id, "state:AL")


def test_a_request_closes_with_its_last_part(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    with database.transaction() as session:
        first, second = queries.request_of(session, request_id).parts
        record_decision(session, decided(first, Decision.REJECTED), LATER)
        record_decision(session, decided(first, Decision.REJECTED), LATER)
        assert entries(database, "request.closed") == []
        record_decision(session, decided(second), LATER)
    decisions = entries(database, "request.decided")
    assert [(each.before["state"], each.after["state"]) for each in decisions] == [
        ("pending", "rejected"),
        ("pending", "approved"),
    ]
    closed = only(database, "request.closed")
    assert (closed.before, closed.after) == ({"state": "pending"}, {"state": "decided"})


def test_a_withdrawal_is_asked_for_by_the_person_and_made_for_them(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    with database.transaction() as session:
        withdraw_request(session, request_id, ADA.user_id, LATER)
        withdraw_request(session, request_id, ADA.user_id, LATER)
    wanted = only(database, "request.withdrawal_asked")
    assert wanted.who == f"user:{ADA.user_id}"
    with database.transaction() as session:
        record_withdrawal(session, withdrawn(queries.request_of(session, request_id).parts[0]))
    ended, closed = entries(database, "request.withdrawn", "request.closed")
    assert ended.on_behalf_of == f"user:{ADA.user_id}"
    assert closed.after == {"state": "withdrawn"}


def test_disciplines_before_and_after(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog)
    chosen = catalog.disciplines[0]
    with database.transaction() as session:
        save_disciplines(session, catalog, grant_id, ADA.user_id, {chosen.id}, LATER)
    entry = only(database, "grant.disciplines_changed")
    assert (entry.who, entry.before, entry.after) == (
        f"user:{ADA.user_id}",
        {"disciplines": []},
        {"disciplines": [chosen.name]},
    )


def test_an_operator_who_ends_a_role_is_named(
    database: Database, catalog: Catalog, settings_environ: dict[str, str]
) -> None:
    grant_id = grant_role(database, catalog)
    words = ["grants", "remove", str(grant_id), "--reason", "left the agency"]
    assert CliRunner(env=settings_environ).invoke(main, words, prog_name="countersign").exit_code == 0
    entry = only(database, "grant.removed")
    assert entry.who == f"operator:{pwd.getpwuid(os.getuid()).pw_name}"
    assert entry.origin["command"] == "countersign grants remove"
    assert (entry.after["reason"], entry.after["holder"]) == ("left the agency", ADA.user_id)


def test_an_import_of_organizations_is_one_entry_with_what_it_changed(database: Database, catalog: Catalog) -> None:
    count = len(entries(database, "organizations.imported"))
    organization = next(each for each in catalog.organizations if each.id == "AL")
    renamed = replace(organization, name="Alabama, the State of")
    with database.transaction() as session:
        import_organizations(session, [renamed], LATER)
    entry = entries(database, "organizations.imported")[-1]
    assert entry.before == {"state:AL": {"name": "Alabama"}}
    assert entry.after == {"state:AL": {"name": "Alabama, the State of"}}
    with database.transaction() as session:
        import_organizations(session, [renamed], LATER)
    assert len(entries(database, "organizations.imported")) == count + 1


def test_a_message_is_named_as_what_brought_the_change(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_ALABAMA)
    request = whole(database, request_id)
    message = decided(request.parts[0])
    envelope = Envelope.around(message, correlation_id=request.correlation_id, cause=None, now=LATER)
    with database.transaction() as session:
        inbox.take(session, HANDLERS, [envelope.to_json()], LATER)
    given = only(database, "grant.given")
    assert given.who.startswith("service:")
    assert given.origin == {
        "kind": "message",
        "message": "ApprovalDecided",
        "message_id": str(envelope.message_id),
    }


def test_a_message_that_fails_leaves_no_entry_though_it_had_recorded_one(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_ALABAMA)
    request = whole(database, request_id)

    def stumble(*handled: Any) -> None:
        HANDLERS["ApprovalDecided"](*handled)
        raise ZeroDivisionError

    envelope = Envelope.around(decided(request.parts[0]), correlation_id=request.correlation_id, cause=None, now=LATER)
    with database.transaction() as session:
        inbox.take(session, HANDLERS | {"ApprovalDecided": stumble}, [envelope.to_json()], LATER)
    assert entries(database, "request.decided", "grant.given", "request.closed") == []
