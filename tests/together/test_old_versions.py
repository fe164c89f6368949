"""Services are upgraded one by one: each reads what was written before it, and what is written after it does no harm.

Every sample goes the way of a real message: from JSON into an envelope, through the inbox, to the subscriber's handler.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from approval_svc.domain.approvals import State as ApprovalState
from approval_svc.domain.questions import QuestionState
from approval_svc.tables import ApprovalRow, OfficialRow, QuestionRow
from request_svc.domain.requests import PartState
from request_svc.tables import Grant, Part, RoleRequest, scope_of_organization
from shared import contracts
from shared.contracts import QUEUES, SUBSCRIBERS, Message, Organization
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.inbox import Handler
from shared.messaging.states import State
from shared.messaging.tables import inbox as inbox_table
from shared.service import find_service
from shared.settings import load
from tests.conftest import fresh_database

SAMPLES = Path(contracts.__file__).parent / "samples"
NOW = datetime(2025, 6, 20, 15, 0, tzinfo=UTC)
Letter = dict[str, Any]
"""An envelope as the broker carries it."""


def subscribers() -> Iterator[tuple[str, int, str]]:
    """Each readable version with each service that has a handler for it; mail is sent outside of the inbox."""
    queues: dict[str, tuple[str, ...]] = {message.type(): heard for message, heard in SUBSCRIBERS.items()}
    for kind, version in contracts.known_messages():
        yield from ((kind, version, queue) for queue in queues[kind] if queue in QUEUES)


def letter(kind: str, version: int) -> Letter:
    return {
        "message_id": str(new_id()),
        "type": kind,
        "version": version,
        "written_at": NOW.isoformat(),
        "correlation_id": str(new_id()),
        "cause": None,
        "data": json.loads((SAMPLES / f"{kind}.v{version}.json").read_text()),
    }


class Subscriber:
    """A service that hears messages, with what the samples build on."""

    def __init__(self, name: str, database: Database, environ: dict[str, str]) -> None:
        service = find_service(name)
        self.database = database
        self.handlers: dict[str, Handler] = service.load_for(
            service.handlers, load(service.load(service.settings), environ)
        )
        if name == "request_svc":
            self._has_the_request()
        if name == "approval_svc":
            self._has_the_approval()

    def hears(self, letter: Letter) -> State:
        with self.database.transaction() as session:
            inbox.take(session, self.handlers, [letter], NOW)
            wanted = inbox_table.c.message_id == UUID(letter["message_id"])
            return State(session.scalars(select(inbox_table.c.state).where(wanted)).one())

    def _has_the_request(self) -> None:
        asked = contracts.load("RoleRequested", 1, letter("RoleRequested", 1)["data"])
        decided = contracts.load("RequestDecided", 4, letter("RequestDecided", 4)["data"])
        assert isinstance(asked, contracts.RoleRequested)
        assert isinstance(decided, contracts.RequestDecided)
        organizations = [outcome.organization for outcome in decided.outcomes if outcome.organization]
        organizations += [part.organization for part in decided.expired if part.organization]
        with self.database.transaction() as session:
            request = as_request(asked, organizations)
            session.add(request)
            session.flush()
            session.add(as_grant(request))

    def _has_the_approval(self) -> None:
        self.hears(letter("RoleRequested", 1))
        failed = contracts.load("NoticeFailed", 1, letter("NoticeFailed", 1)["data"])
        assert isinstance(failed, contracts.NoticeFailed)
        with self.database.transaction() as session:
            approval = ApprovalRow(
                id=failed.approval_id,
                request_id=failed.request_id,
                state=ApprovalState.UNROUTABLE,
                state_since=NOW,
                disciplines=[],
                extra_privileges=[],
            )
            session.add(approval)
            session.add(as_question(approval))


def as_question(approval: ApprovalRow) -> QuestionRow:
    """Returns the question that the sample of InformationProvided answers."""
    official = OfficialRow(
        id=new_id(),
        authority_kind="state",
        authority_id="AL",
        user_id="loretta.simmons",
        name="Loretta Simmons",
        email="loretta.simmons@example.gov",
        active=True,
        reachable=True,
        source="import",
        added_at=NOW,
    )
    return QuestionRow(
        id=UUID(letter("InformationProvided", 1)["data"]["question_id"]),
        approval=approval,
        official=official,
        acts_for=[],
        text="Which surveys will you take part in?",
        fields=["phone", "federal_surveyor_id"],
        asked_at=NOW,
        clock_goes_on=NOW,
        state=QuestionState.WAITING,
        state_since=NOW,
        steps_done=0,
    )


def as_request(asked: contracts.RoleRequested, organizations: list[Organization]) -> RoleRequest:
    person = asked.requester
    return RoleRequest(
        id=asked.request_id,
        draft_id=new_id(),
        correlation_id=new_id(),
        user_id=person.user_id,
        name=person.name,
        email=person.email,
        category_id=asked.category_id,
        role_id=asked.role_id,
        role_name=asked.role_name,
        organizations=[vars(each) for each in organizations],
        submitted_at=asked.submitted_at,
        parts=[
            Part(
                id=new_id(),
                position=position,
                scope=scope_of_organization(each),
                organization=vars(each),
                user_id=person.user_id,
                role_id=asked.role_id,
                state=PartState.PENDING,
            )
            for position, each in enumerate(organizations)
        ],
    )


def as_grant(request: RoleRequest) -> Grant:
    """Returns the role that the sample of RoleEndOrdered ends; it came of the part that nobody else decides."""
    part = request.parts[-1]
    return Grant(
        id=UUID(letter("RoleEndOrdered", 1)["data"]["grant_id"]),
        part_id=part.id,
        request_id=request.id,
        user_id=request.user_id,
        category_id=request.category_id,
        role_id=request.role_id,
        role_name=request.role_name,
        scope=part.scope,
        organization=part.organization,
        disciplines=[],
        extra_privileges=[],
        granted_at=NOW,
    )


@pytest.fixture
def subscriber(request: pytest.FixtureRequest, settings_environ: dict[str, str]) -> Iterator[Subscriber]:
    for database in fresh_database(request.param, settings_environ):
        yield Subscriber(request.param, database, settings_environ)


@pytest.mark.parametrize(("kind", "version", "subscriber"), list(subscribers()), indirect=["subscriber"])
def test_every_sample_of_every_version_takes_effect(kind: str, version: int, subscriber: Subscriber) -> None:
    assert subscriber.hears(letter(kind, version)) is State.DONE


@pytest.mark.parametrize(("kind", "version", "subscriber"), list(subscribers()), indirect=["subscriber"])
def test_a_field_that_a_newer_release_added_does_no_harm(kind: str, version: int, subscriber: Subscriber) -> None:
    newer = letter(kind, version)
    newer["data"] |= {"added_in_the_next_release": ["anything"]}
    newer |= {"a_new_part_of_the_envelope": 1}
    assert subscriber.hears(newer) is State.DONE


@pytest.mark.parametrize("subscriber", ["request_svc"], indirect=True)
def test_an_older_version_shows_the_request_s_time_for_each_outcome(subscriber: Subscriber) -> None:
    subscriber.hears(letter("RequestDecided", 1))
    with subscriber.database.reading() as session:
        times = session.scalars(select(Part.decided_at).order_by(Part.position)).all()
    assert [f"{time:%m/%d}" for time in times if time] == ["06/19", "06/19"]


@pytest.mark.parametrize("subscriber", ["request_svc"], indirect=True)
def test_todays_version_shows_each_outcome_s_own_time(subscriber: Subscriber) -> None:
    subscriber.hears(letter("RequestDecided", 4))
    with subscriber.database.reading() as session:
        times = session.scalars(select(Part.decided_at).order_by(Part.position)).all()
    assert [f"{time:%m/%d}" for time in times if time] == ["06/18", "06/19"]


def written(message: type[Message]) -> tuple[str, int]:
    return message.type(), message.version


@pytest.mark.parametrize("subscriber", ["notify_svc"], indirect=True)
def test_a_version_that_the_reader_does_not_know_yet_waits_for_operations(subscriber: Subscriber) -> None:
    kind, version = written(contracts.RequestDecided)
    tomorrow = letter(kind, version) | {"version": version + 1}
    assert subscriber.hears(tomorrow) is State.DEAD
