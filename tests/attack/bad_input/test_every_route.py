"""Every route of every service takes every hostile value, and answers in plain words."""

import re
from collections.abc import Iterable, Iterator
from itertools import product
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from shared.service import installed_services
from tests.attack.bad_input.hostile import NEVER_SHOWN, RAW_QUERIES, SHORT_VALUES, VALUES
from tests.attack.bad_input.recorded import Target, Visit

SERVICES = [service.name for service in installed_services()]
BY_SERVICE = pytest.mark.parametrize("name", SERVICES)
ASKS_PROVIDER = {"signin.start", "signin.callback"}
"""They say 503 here: there is no provider."""
COUNTS_TRIES = {"login.submit"}
"""A refused login is counted."""

IN_QUERY = {what: quote(value[:100], safe="") for what, value in VALUES.items()} | RAW_QUERIES
"""A server takes no longer line of a request."""
IN_FORM = {what: value[:1500] for what, value in VALUES.items()}
"""Repeated in some hundred fields."""
KEPT: tuple[dict[str, list[str]], ...] = ({}, {"decision": ["rejected"], "reason": ["other"], "button": ["submit"]})
OVERRIDES = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "POST")
METHODS = {"HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND"}


def faults(visit: Visit, answer: TestResponse) -> Iterator[str]:
    """Yields what is wrong with an answer."""
    if answer.status_code >= 500 and not (answer.status_code == 503 and visit.endpoint in ASKS_PROVIDER):
        yield f"{answer.status}"
    body = answer.get_data(as_text=True)
    yield from (f"shows {word}" for word in NEVER_SHOWN if word in body)
    if answer.status_code >= 400 and answer.mimetype == "text/html" and body and "<h1" not in body:
        yield "an error without a page"
    if "X-Injected" in answer.headers or any(re.search(r"[\r\n\0]", value) for _, value in answer.headers):
        yield "a header was injected"
    if "Content-Security-Policy" not in answer.headers or "X-Content-Type-Options" not in answer.headers:
        yield "no security headers"


def collected(attacks: Iterable[tuple[str, Visit, TestResponse]]) -> list[str]:
    return [
        f"{visit.method} {visit.endpoint} with {what}: {fault}"
        for what, visit, answer in attacks
        for fault in faults(visit, answer)
    ]


def visits(target: Target, method: str) -> list[Visit]:
    return [visit for visit in target.visits if visit.method == method]


@BY_SERVICE
def test_every_route_is_attacked(targets: dict[str, Target], name: str) -> None:
    rules = targets[name].app.url_map.iter_rules()
    routes = {(method, rule.endpoint) for rule in rules for method in rule.methods or ()}
    attacked = {(visit.method, visit.endpoint) for visit in targets[name].visits}

    assert {each for each in routes if each[0] not in ("HEAD", "OPTIONS")} == attacked


@BY_SERVICE
def test_hostile_query_parameters(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    attacks = (
        (what, visit, target.send(visit, path=f"{visit.path}?{query}"))
        for what, value in IN_QUERY.items()
        for query in ["&".join(f"{name}={value}&{name}={value}" for name in sorted(target.names))]
        for visit in visits(target, "GET")
        if visit.endpoint not in {"assets.uswds", "assets.own"}
    )
    assert collected(attacks) == []


@BY_SERVICE
def test_hostile_forms(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    found: list[str] = []
    for visit, (what, value), kept in product(visits(target, "POST"), IN_FORM.items(), KEPT):
        target.stored.clear()
        answer = target.send(visit, data=hostile_form(target, value) | kept)
        found += collected([(what, visit, answer)])
        if 400 <= answer.status_code < 500 and target.stored and visit.endpoint not in COUNTS_TRIES:
            found.append(f"{visit.endpoint} with {what}: {answer.status}, and yet: {target.stored}")
    assert found == []


def hostile_form(target: Target, value: str) -> dict[str, list[str]]:
    return {name: [value, value] for name in sorted(target.names)} | {f"unknown-{value[:20]}": ["x"]}


def arguments(target: Target, visit: Visit) -> list[int]:
    """Returns which segments of the path are arguments of the route."""
    rule = next(target.app.url_map.iter_rules(visit.endpoint)).rule
    return [number for number, segment in enumerate(rule.split("/")) if "<" in segment]


@BY_SERVICE
def test_hostile_paths(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    attacks = (
        (what, visit, target.send(visit, path="/".join([*segments[:number], value, *segments[number + 1 :]])))
        for visit in target.visits
        for segments in [visit.path.split("/")]
        for number in arguments(target, visit)
        for what, value in SHORT_VALUES.items()
    )
    assert collected(attacks) == []


@BY_SERVICE
def test_no_route_answers_a_method_that_it_does_not_declare(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    adapter = target.app.url_map.bind("localhost")
    target.stored.clear()
    for visit in target.visits:
        allowed = set(adapter.allowed_methods(visit.path))
        for method in sorted(METHODS - allowed):
            answer = target.send(visit, method)
            assert answer.status_code == 405, (method, visit)
            assert set(answer.headers["Allow"].split(", ")) == allowed
    assert target.stored == []


@BY_SERVICE
def test_no_header_and_no_parameter_turns_a_get_into_a_post(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    target.stored.clear()
    for visit in visits(target, "POST"):
        answer = target.send(visit, "GET", headers=OVERRIDES, query_string={"_method": "POST"})
        assert answer.status_code < 400 or answer.status_code in (400, 401, 404, 405, 410), (visit, answer.status)
    assert target.stored == []


@BY_SERVICE
def test_head_and_options_tell_nothing_and_change_nothing(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    target.stored.clear()
    for visit in target.visits:
        for method in ("HEAD", "OPTIONS"):
            answer = target.send(visit, method)
            assert answer.status_code < 500 or visit.endpoint in ASKS_PROVIDER
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert method == "OPTIONS" or answer.get_data() == b""
    assert target.stored == []
