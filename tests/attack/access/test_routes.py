"""Every route as every kind of person, with a real row of somebody else's: the table says what each gets."""

import re
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.attack.access.conftest import Place
from tests.attack.access.people import KINDS, browser_of
from tests.attack.access.rows import picture
from tests.attack.access.table import REFUSALS, SIGN_IN, TABLE, Outcome, Route, as_markdown
from tests.conftest import ROOT

UUID_ARGUMENTS = {
    "opinion_id",
    "question_id",
    "review_id",
    "absence_id",
    "draft_id",
    "request_id",
    "grant_id",
    "approval_id",
    "notice_id",
    "message_id",
    "official_id",
}


@pytest.fixture(autouse=True)
def forged_requests_get_through(place: Place) -> None:
    """So that it is the guards that refuse; that forged requests are refused stands in test_forged_requests.py."""
    place.app.config["WTF_CSRF_ENABLED"] = False


def routes_of(place: Place) -> set[Route]:
    return {(method, rule.rule) for method in ("GET", "POST") for rule in place.rules(method)}


def outcome_of(answer: TestResponse) -> Outcome:
    signs_in = answer.status_code == 302 and answer.location.startswith("/sign-in?next=")
    return SIGN_IN if signs_in else answer.status_code


def send(place: Place, kind: str, route: Route, form: dict[str, str], **ids: Any) -> TestResponse:
    method, rule = route
    browser = browser_of(place.app, place.database, kind)
    path = place.path(rule, **ids)
    return browser.post(path, data=form) if method == "POST" else browser.get(path)


def test_every_route_stands_in_the_table_and_every_line_is_a_route(place: Place) -> None:
    assert routes_of(place) == set(TABLE[place.app.name])


def test_everybody_gets_what_the_table_says(place: Place) -> None:
    # Reading first: a request that was withdrawn in between has no page to withdraw it.
    for route, line in sorted(TABLE[place.app.name].items()):
        got = {kind: outcome_of(send(place, kind, route, {})) for kind in reversed(KINDS)}
        assert got == line, route


def test_whoever_is_refused_changes_nothing_whatever_they_send(place: Place) -> None:
    for route, line in TABLE[place.app.name].items():
        refused = [kind for kind in KINDS if line[kind] in REFUSALS]
        if route[0] != "POST" or not refused:
            continue
        before = picture(place.database)
        for kind in refused:
            for form in place.forms(route):
                answer = send(place, kind, route, form)
                assert answer.status_code in (302, 303, 403, 404, 410), (route, kind)
        assert picture(place.database) == before, route


def test_what_is_not_yours_answers_like_what_does_not_exist(place: Place) -> None:
    for route, line in TABLE[place.app.name].items():
        named = UUID_ARGUMENTS & set(re.findall(r"\w+_id", route[1]))
        for kind in (kind for kind in KINDS if named and line[kind] in (403, 404)):
            for form in place.forms(route):
                theirs = send(place, kind, route, form)
                nobodys = send(place, kind, route, form, **{name: uuid4() for name in named})
                assert said_by(theirs) == said_by(nobodys), (route, kind)


def said_by(answer: TestResponse) -> tuple[int, str, list[str]]:
    """Returns all that an answer says, without the ids that are new each time."""
    new_each_time = r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|name="csrf_token" value="[^"]*"'
    return answer.status_code, re.sub(new_each_time, "", answer.text), sorted(answer.headers.keys())


def test_the_printed_table_is_current() -> None:
    assert "\n".join(as_markdown()) in (ROOT / "docs/access.md").read_text()
