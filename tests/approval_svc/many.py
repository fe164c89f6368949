"""Many approvals that wait for one official, and what a test does with the list of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bs4 import Tag
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from approval_svc.domain.approvals import State
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, AskingRow, DeadlineRow, OfficialRow, RequestRow
from shared.contracts import Person
from shared.ids import new_id
from tests.approval_svc.browser import World
from tests.approval_svc.factories import LIFETIME, general_user
from tests.pages import soup

PATH = "/my-approvals"


def person(number: int) -> Person:
    """Returns somebody who asks for a role."""
    name = f"Person {number:03}"
    return Person(user_id=f"person.{number:03}", name=name, email=f"person.{number:03}@health.example")


def requested(world: World, number: int, **differently: Any) -> list[ApprovalRow]:
    """Returns approvals before the officials of Alabama, each for another person, the oldest first."""
    return [
        world.routed(
            general_user(requester=person(each), submitted_at=world.now - timedelta(hours=number - each), **differently)
        )
        for each in range(number)
    ]


def add_waiting(session: Session, official: OfficialRow, number: int, now: datetime) -> None:
    """Adds rows as routing makes them, faster, and the newest first: their ids are not in the order of their age."""
    for each in reversed(range(number)):
        who, submitted_at = person(each), now - timedelta(hours=number - each)
        request = RequestRow(
            id=new_id(),
            correlation_id=new_id(),
            requester_user_id=who.user_id,
            requester_name=who.name,
            requester_email=who.email,
            category_id="state-agency",
            role_id="state-agency-sc-general-user",
            role_name="State Agency S&C General User",
            organizations=[{"kind": "state", "id": "AL", "name": "Alabama", "time_zone": "America/Chicago"}],
            roles_held=[],
            submitted_at=submitted_at,
            received_at=submitted_at,
        )
        expiry = DeadlineRow(id=new_id(), kind=DeadlineKind.EXPIRY, step=1, due_at=submitted_at + LIFETIME)
        asking = AskingRow(official_id=official.id)
        asking.ask(submitted_at, submitted_at + LIFETIME)
        session.add(_approval(request, asking, expiry, submitted_at))


def _approval(request: RequestRow, asking: AskingRow, expiry: DeadlineRow, now: datetime) -> ApprovalRow:
    return ApprovalRow(
        id=new_id(),
        request=request,
        organization_kind="state",
        organization_id="AL",
        organization_name="Alabama",
        organization_time_zone="America/Chicago",
        state=State.ASKED,
        state_since=now,
        authority_kind="state",
        authority_id="AL",
        authority_name="Security Officials of Alabama",
        disciplines=[],
        extra_privileges=[],
        clock_from=now,
        askings=[asking],
        deadlines=[expiry],
    )


def listed(page: TestResponse) -> list[str]:
    """Returns the requesters' names of a list, in its order."""
    return [str(each.find(string=True, recursive=False)).strip() for each in soup(page).select("tbody th a")]


def ticked(page: TestResponse) -> list[str]:
    """Returns the ids that a page has a tick at."""
    return [str(each["value"]) for each in soup(page).select("input[name=approval][checked]")]


def ids(approvals: Iterable[ApprovalRow]) -> list[str]:
    return [str(each.id) for each in approvals]


def states(world: World, approvals: Iterable[ApprovalRow]) -> list[str]:
    return [str(world.state(each)) for each in approvals]


def choose(world: World, act: str, chosen: Sequence[str], query: str = "", **more: Any) -> TestResponse:
    """Presses a button of the list with a tick at these ids."""
    page = world.browser.get(f"{PATH}{query}")
    return world.post(f"{PATH}/confirm{query}", page, act=act, approval=list(chosen), **more)


def go_on(world: World, page: TestResponse, **filled: Any) -> TestResponse:
    """Confirms what a confirmation names, or goes on with what a report has left, as a browser sends its form."""
    form = soup(page).select_one("main form[action*='/act']")
    assert form is not None
    return world.browser.post(str(form["action"]), data=_sent(form) | filled)


def _sent(form: Tag) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in form.select("input[type=hidden], input[checked]"):
        found.setdefault(str(each["name"]), []).append(str(each["value"]))
    return found
