"""A requester reads who acts for whom: who is asked, who decided, and what happened."""

from dataclasses import replace

from request_svc.tables import Part
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_routing import record_routing
from shared.catalog import Catalog
from shared.db import Database
from tests.pages import words
from tests.request_svc.conftest import Browser
from tests.request_svc.factories import LATER, LORETTA, asked, decided, request_role, whole

BOTH = f"{LORETTA.name} for John Smith"


def test_my_profile_names_the_substitute_and_the_absent(ada: Browser, database: Database, catalog: Catalog) -> None:
    part = whole(database, request_role(database, catalog)).parts[0]
    message = asked(part, LORETTA)
    with database.transaction() as session:
        record_routing(session, replace(message, officials=(replace(message.officials[0], acts_for=("John Smith",)),)))
    shown = words(ada.open("/my-profile"))
    assert f"Security Official Name {BOTH}" in shown
    assert f"Sent to {BOTH} for Alabama." in shown
    with database.transaction() as session:
        record_decision(session, decided(part, acted_for=("John Smith",)), LATER)
    assert f"Approved by {BOTH} on" in words(ada.open("/my-profile"))


def test_my_profile_names_who_was_asked_before_anybody_could_be_absent(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    part = whole(database, request_role(database, catalog)).parts[0]
    with database.transaction() as session:
        record_routing(session, asked(part, LORETTA))
        kept = session.get_one(Part, part.id)
        kept.officials = [
            {name: value for name, value in each.items() if name != "acts_for"} for each in kept.officials
        ]
    assert f"Security Official Name {LORETTA.name}" in words(ada.open("/my-profile"))
