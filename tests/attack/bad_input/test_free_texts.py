"""Markup and template syntax in whatever people can type, as every page shows it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, String, Table, cast, func, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from approval_svc.app import create_app
from approval_svc.domain.choices import LONGEST_COMMENT
from approval_svc.settings import Settings
from shared import migrate
from shared.clock import utc_now
from shared.contracts import Organization
from shared.service import find_service, installed_services
from shared.settings import load
from shared.texts import clean
from shared.web.person import PERSON
from tests.approval_svc.browser import World, hidden_fields
from tests.approval_svc.factories import general_user
from tests.attack.bad_input.hostile import NEVER_SHOWN, SCRIPT, VALUES
from tests.attack.bad_input.recorded import Target
from tests.pages import soup

HOSTILE = f"{SCRIPT}{{{{ 1234*4321 }}}}%s{{0}}'>"
FREE = re.compile(
    r"name$|comment|note|^text$|phone|title|^authority$|(decided|asked)_by$|^reason$|error|traceback|answer|because|detail"
)
"""Columns that hold what somebody typed, or what a machine said of it."""
IN_JSON = r'"(name|comment|reason|decided_by|label|organization|requester|role|role_name|before|after)": "[^"]*"'
ALASKA = Organization(kind="state", id="AK", name="Alaska", time_zone="America/Anchorage")


def planted(column: Column[Any]) -> object | None:
    """Returns what to put into a column, None where nobody could type anything."""
    if isinstance(column.type, JSONB):
        whole = func.regexp_replace(cast(column, String), IN_JSON, rf'"\1": "{HOSTILE}"', "g")
        return cast(whole, JSONB)
    if not FREE.search(column.name) or column.foreign_keys or column.primary_key or column.unique:
        return [HOSTILE] if isinstance(column.type, ARRAY) and column.name == "people" else None
    return HOSTILE if isinstance(column.type, String) and (column.type.length or 1000) > len(HOSTILE) else None


def plant(target: Target, name: str) -> None:
    """Puts markup into every free text that is stored, names inside JSON included."""
    with target.database.transaction() as session:
        for table in _tables(name):
            values = {column.name: value for column in table.columns if (value := planted(column)) is not None}
            if values:
                # Some tables refuse changes; an attacker may have come before they did.
                session.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER'))
                session.execute(update(table).values(values))
                session.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER'))


def _tables(name: str) -> Iterator[Table]:
    tables = migrate.metadata_of(find_service(name)).sorted_tables
    yield from (table for table in tables if table.name not in ("outbox", "signing_keys"))


@pytest.mark.parametrize("name", [service.name for service in installed_services()])
def test_stored_markup_is_text_on_every_page(targets: dict[str, Target], name: str) -> None:
    """Whichever way it came to be stored: by an older version, a message, another system."""
    target = targets[name]
    plant(target, name)
    shown = 0
    for visit in target.visits:
        if visit.method != "GET" or visit.endpoint.startswith(("assets.", "signin.")):
            continue
        person = visit.cookie.get(PERSON)
        cookie = visit.cookie | ({PERSON: person | {"name": HOSTILE}} if person else {})
        answer = target.send(replace(visit, cookie=cookie))
        assert answer.status_code < 500, visit.endpoint
        found = [word for word in NEVER_SHOWN if word in answer.text]
        assert not found, f"{visit.endpoint} shows {found}"
        shown += answer.text.count("&lt;script&gt;")
    assert shown


@pytest.fixture(scope="module")
def world(targets: dict[str, Target], attack_environ: dict[str, str]) -> World:
    """The decision pages and one browser."""
    loaded = load(Settings, attack_environ)
    database = targets["approval_svc"].database
    return World(database, loaded, create_app(loaded, database).test_client(), utc_now())


@pytest.fixture(scope="module")
def link(world: World) -> str:
    """The link of an official of Alaska to a request that waits."""
    official = world.official("state", "AK", "anna.lind")
    return world.link(world.routed(general_user(organizations=(ALASKA,))).id, official.id)


def confirmed(world: World, link: str, comment: str) -> Any:
    """Returns the page that asks the official to confirm a rejection with this comment."""
    form = {"decision": "rejected", "reason": "other", "comment": comment}
    return world.post(link, world.browser.get(link), **form)


@settings(max_examples=40)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_a_comment_comes_back_as_it_was_typed_but_for_what_cannot_be_seen(
    world: World, link: str, comment: str
) -> None:
    page = confirmed(world, link, f"x{comment}")
    assert page.status_code == 200
    assert hidden_fields(page)["comment"] == [clean(f"x{comment}")]


@pytest.mark.parametrize("comment", VALUES.values(), ids=VALUES)
def test_a_comment_is_kept_for_correction_and_its_fault_is_said_at_the_field(
    world: World, link: str, comment: str
) -> None:
    page = confirmed(world, link, comment)
    if 0 < len(clean(comment)) <= LONGEST_COMMENT:
        assert page.status_code == 200
        return
    assert page.status_code == 422
    assert soup(page).select_one("#comment-error")
    field = soup(page).select_one("textarea#comment")
    assert field
    assert field.get_text() == clean(comment)


def test_a_comment_of_which_nothing_can_be_seen_gives_no_reason(world: World, link: str) -> None:
    page = confirmed(world, link, "\u200b\u2060 \u3164\u2800\u202e")
    assert page.status_code == 422
    assert "Enter a comment that gives the reason" in page.text
