"""Withdrawing, asking, answering and deciding meet in every order, and both services end up telling the same."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from approval_svc import queries as approval_queries
from approval_svc.domain.approvals import OPEN, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.questions import Inquiry
from approval_svc.domain.refusals import RefusedError
from approval_svc.settings import Settings
from approval_svc.use_cases.ask_requester import ask_requester
from approval_svc.use_cases.decide import decide
from approval_svc.worker import make_handlers
from request_svc import queries as request_queries
from request_svc.domain.questions import CONFIRMED, Reply
from request_svc.domain.refusals import NotPendingError
from request_svc.domain.requests import RequestState
from request_svc.question_queries import open_questions
from request_svc.tables import Grant
from request_svc.use_cases.answer_question import answer_question
from request_svc.use_cases.import_organizations import import_organizations
from request_svc.use_cases.withdraw_request import withdraw_request
from request_svc.worker import HANDLERS
from shared import catalog as catalogs
from shared.catalog import Catalog
from shared.contracts import Person
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.inbox import Handler
from shared.messaging.states import State
from shared.messaging.tables import inbox as inbox_table
from shared.messaging.tables import outbox as outbox_table
from shared.settings import load
from tests.approval_svc.factories import official
from tests.request_svc.factories import ADA, FOR_CMS, NOW, SURVEYOR, request_role, whole

CHOICES = {
    "approve": Choice(verdict=Verdict.APPROVED),
    "reject": Choice(verdict=Verdict.REJECTED, reason="not-needed"),
}
LIFETIME = timedelta(days=30)

Letter = dict[str, Any]
"""An envelope as the broker carries it."""


@dataclass
class Side:
    """A service: its database, its handlers, and the letters on their way to it."""

    name: str
    database: Database
    handlers: dict[str, Handler]
    on_the_way: list[Letter] = field(default_factory=list)

    def deliver(self, letter: Letter) -> None:
        """Hands over one letter; one that came too early stays on its way."""
        with self.database.transaction() as session:
            inbox.take(session, self.handlers, [letter], NOW)
        with self.database.reading() as session:
            state = session.scalar(
                select(inbox_table.c.state).where(inbox_table.c.message_id == UUID(letter["message_id"]))
            )
        assert state != State.DEAD
        if state == State.DONE:
            self.on_the_way.remove(letter)

    def repeat(self, letter: Letter) -> None:
        """Puts a copy of a letter on the way that the inbox does not know again."""
        self.on_the_way.append(letter | {"message_id": str(new_id())})


@dataclass
class Story:
    """One request for two contract organizations, its requester, two officials, and the post between the services."""

    requests: Side
    approvals: Side
    requester: Person
    request_id: UUID
    correlation_id: UUID
    seen: set[UUID] = field(default_factory=set)
    mails: list[Letter] = field(default_factory=list)
    minutes: int = 0

    def now(self) -> datetime:
        """A minute later each time: answers follow one another."""
        self.minutes += 1
        return NOW + timedelta(minutes=self.minutes)

    def collect(self) -> None:
        """Puts on the way whatever the services wrote since; RequestDecided is what the requester's mail tells."""
        for side in (self.requests, self.approvals):
            with side.database.reading() as session:
                written = select(outbox_table).where(outbox_table.c.correlation_id == self.correlation_id)
                rows = session.execute(written.order_by(outbox_table.c.id)).all()
            for row in rows:
                if row.id not in self.seen:
                    self.seen.add(row.id)
                    self._post(row.queue, row.envelope)

    def _post(self, queue: str, letter: Letter) -> None:
        for side in (self.requests, self.approvals):
            if side.name == queue:
                side.on_the_way.append(letter)
        if queue == "notify_svc" and letter["type"] == "RequestDecided":
            self.mails.append(letter["data"])

    def withdraw(self) -> None:
        try:
            with self.requests.database.transaction() as session:
                withdraw_request(session, self.request_id, self.requester.user_id, NOW)
        except NotPendingError:
            pass  # the page says that it is over; that is the point of asking too late

    def decide(self, choice: str, organization: str) -> None:
        try:
            with self.approvals.database.transaction() as session:
                request = approval_queries.find_request(session, self.request_id)
                for approval in request.approvals if request else []:
                    if approval.organization_id == organization:
                        (asking,) = approval.askings
                        way = Way(link_ends=NOW + LIFETIME)
                        found = (session, approval.id, asking.official_id, CHOICES[choice], way)
                        decide(*found, always_sign_in=False, now=NOW)
        except RefusedError:
            pass  # the outcome page says what came first

    def ask(self, organization: str) -> None:
        """An official asks for the Federal Surveyor ID."""
        inquiry = Inquiry(text="Which ID?", fields=("federal_surveyor_id",))
        try:
            with self.approvals.database.transaction() as session:
                request = approval_queries.find_request(session, self.request_id)
                for approval in request.approvals if request else []:
                    if approval.organization_id == organization:
                        (asking,) = approval.askings
                        found = (session, approval.id, asking.official_id, inquiry, Way(link_ends=NOW + LIFETIME))
                        ask_requester(*found, always_sign_in=False, now=self.now())
        except RefusedError:
            pass  # the page shows the question that waits, or the outcome

    def answer(self) -> None:
        """The requester answers whatever is asked, with another ID each time."""
        now = self.now()
        reply = Reply(answer="This one.", values=dict.fromkeys(("federal_surveyor_id", CONFIRMED), f"ID{self.minutes}"))
        with self.requests.database.transaction() as session:
            for question in open_questions(session, self.requester.user_id).get(self.request_id, [])[:1]:
                answer_question(session, self.request_id, question.id, self.requester.user_id, reply, now)

    def ends(self) -> dict[str, str]:
        with self.approvals.database.reading() as session:
            request = approval_queries.find_request(session, self.request_id)
            return {str(each.organization_id): each.state for each in request.approvals} if request else {}

    def check_agreement(self) -> None:
        ends = self.ends()
        with self.requests.database.reading() as session:
            request = request_queries.request_of(session, self.request_id)
            identifier = request.federal_surveyor_id
            granted = session.scalars(select(Grant).where(Grant.request_id == self.request_id)).all()
        approved = {organization for organization, state in ends.items() if state == "approved"}
        parts = {part.as_value().id: part.state.value for part in request.parts}  # type: ignore[union-attr]  # no national role here
        assert parts == {each: "pending" if state in OPEN else state for each, state in ends.items()}
        assert Counter(grant.as_value().id for grant in granted) == Counter(approved)  # type: ignore[union-attr]  # nor here
        assert self.known_identifiers() <= {identifier}
        assert request.state is _state(set(parts.values()))
        assert [_told(mail) for mail in self.mails] == _mails_due(ends)

    def known_identifiers(self) -> set[str | None]:
        """The Federal Surveyor ID that officials decide on, once they know of the request."""
        with self.approvals.database.reading() as session:
            request = approval_queries.find_request(session, self.request_id)
            return {request.federal_surveyor_id} if request else set()


def _state(parts: set[str]) -> RequestState:
    if "pending" in parts:
        return RequestState.PENDING
    return RequestState.WITHDRAWN if "withdrawn" in parts else RequestState.DECIDED


def _told(mail: Letter) -> dict[str, str]:
    return {outcome["organization"]["id"]: outcome["decision"] for outcome in mail["outcomes"]}


def _mails_due(ends: dict[str, str]) -> list[dict[str, str]]:
    """One consolidated mail once nothing is open, about what was decided; none when nothing was."""
    decided = {each: state for each, state in ends.items() if state in ("approved", "rejected")}
    return [decided] if decided and not set(ends.values()) & OPEN else []


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return catalogs.load()


@pytest.fixture
def sides(
    request_database: Database, approval_database: Database, catalog: Catalog, settings_environ: dict[str, str]
) -> tuple[Side, Side]:
    with request_database.transaction() as session:
        import_organizations(session, catalog.organizations, NOW)
    with approval_database.transaction() as session:
        for organization in FOR_CMS.contract_organizations:
            official(session, "contract-organization", organization, f"official.of.{organization}")
    return (
        Side("request_svc", request_database, HANDLERS),
        Side("approval_svc", approval_database, make_handlers(load(Settings, settings_environ))),
    )


def begin(sides: tuple[Side, Side], catalog: Catalog) -> Story:
    for side in sides:
        side.on_the_way.clear()
    requester = replace(ADA, user_id=f"ada.{new_id()}", email=f"ada.{new_id()}@example.org")
    requests, approvals = sides
    request_id = request_role(requests.database, catalog, requester, SURVEYOR, FOR_CMS)
    correlation_id = whole(requests.database, request_id).correlation_id
    story = Story(requests, approvals, requester, request_id, correlation_id)
    story.collect()
    return story


def letters(story: Story) -> list[tuple[Side, Letter]]:
    return [(side, letter) for side in (story.requests, story.approvals) for letter in side.on_the_way]


def finish(story: Story, data: st.DataObject) -> None:
    """Delivers everything in rounds, each in an order that hypothesis draws, as the relay does with what came early."""
    while waiting := letters(story):
        order = data.draw(st.permutations(range(len(waiting))), label="delivered at last")
        for number in order:
            side, letter = waiting[number]
            side.deliver(letter)
        story.collect()


MOST_ACTS = 19
ACTS = st.sampled_from(
    [
        "withdraw",
        *(f"{choice} {each}" for choice in (*CHOICES, "ask") for each in FOR_CMS.contract_organizations),
        "answer",
        "post",
        "copy",
    ]
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_roles_mails_and_pages_agree_whatever_meets_what(
    sides: tuple[Side, Side], catalog: Catalog, data: st.DataObject
) -> None:
    story = begin(sides, catalog)
    for act in data.draw(st.lists(ACTS, max_size=MOST_ACTS), label="acts"):
        waiting = letters(story)
        if act == "withdraw":
            story.withdraw()
        elif act in ("post", "copy"):
            if waiting:
                side, letter = waiting[data.draw(st.integers(0, len(waiting) - 1), label=act)]
                (side.deliver if act == "post" else side.repeat)(letter)
        elif act == "answer":
            story.answer()
        elif act.startswith("ask"):
            story.ask(act.split()[1])
        else:
            story.decide(*act.split())
        story.collect()
    finish(story, data)
    story.check_agreement()


@pytest.mark.parametrize("decided_first", [True, False])
def test_an_approval_and_a_withdrawal_that_cross(
    sides: tuple[Side, Side], catalog: Catalog, decided_first: bool
) -> None:
    """The requester withdraws while nobody knows of it; whichever reaches approval_svc first is the end."""
    story = begin(sides, catalog)
    story.approvals.deliver(story.approvals.on_the_way[0])
    story.collect()
    story.withdraw()
    story.collect()
    if not decided_first:
        story.approvals.deliver(story.approvals.on_the_way[0])
    for organization in FOR_CMS.contract_organizations:
        story.decide("approve", organization)
    story.collect()
    while waiting := letters(story):
        side, letter = waiting[0]
        side.deliver(letter)
        story.collect()
    assert set(story.ends().values()) == {"approved" if decided_first else "withdrawn"}
    story.check_agreement()


def test_answers_that_overtake_one_another_leave_what_was_said_last(sides: tuple[Side, Side], catalog: Catalog) -> None:
    """Both organizations ask for the same field; the answers arrive the wrong way round."""
    story = begin(sides, catalog)
    story.approvals.deliver(story.approvals.on_the_way[0])
    for organization in FOR_CMS.contract_organizations:
        story.ask(organization)
    story.collect()
    for _, letter in letters(story):
        story.requests.deliver(letter)
    for _ in FOR_CMS.contract_organizations:
        story.answer()
    story.collect()
    for _, letter in reversed(letters(story)):
        story.approvals.deliver(letter)
    story.collect()
    (identifier,) = story.known_identifiers()
    assert identifier == f"ID{story.minutes}"
    story.check_agreement()
