"""Officials who do everything that their pages let them; after each act the database must agree with the model.

`model.py` has the rules in plain words. What it does not foretell, who is mailed of what, is checked mail by mail.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.absences import UnusableAbsenceError
from approval_svc.domain.approvals import OPEN, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.official_rows import OfficialEntry
from approval_svc.domain.questions import Inquiry
from approval_svc.domain.refusals import RefusedError
from approval_svc.domain.routing import AuthorityId
from approval_svc.settings import Settings
from approval_svc.tables import (
    AbsenceRow,
    ApprovalRow,
    DeadlineRow,
    OfficialRow,
    QuestionRow,
    ReviewRow,
)
from approval_svc.use_cases.answer_review import NoSuchReviewError, ReviewClosedError, Said, answer_review
from approval_svc.use_cases.ask_requester import ask_requester
from approval_svc.use_cases.decide_many import Chosen, decide_many
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.hand_over import hand_over
from approval_svc.use_cases.import_officials import import_officials
from approval_svc.use_cases.nudge import nudge
from approval_svc.use_cases.open_review import open_review
from approval_svc.use_cases.plan_absence import Wanted, cancel_absence, enter_absence
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.route_request import route_request
from approval_svc.use_cases.take_answer import take_answer
from approval_svc.use_cases.withdraw import withdraw
from approval_svc.worker import make_schedule
from shared.beat import run_tick
from shared.contracts import InformationProvided, NudgeAsked, Person, RequestWithdrawn, RoleGranted
from shared.db import Database
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.tables import outbox
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, general_user, grant, official
from tests.approval_svc.model import CHICAGO, Absence, Model, Waiting
from tests.approval_svc.waiting import MONDAY

T = TypeVar("T")

BEGINNING = MONDAY - timedelta(hours=1)
"""9:00 in Alabama: on the model's grid of three hours."""
AUTHORITIES = {
    "loretta": ("state", "AL"),
    "rita": ("state", "AL"),
    "margaret": ("cms", "cms"),
    "daniel": ("cms", "cms"),
    "henry": ("help-desk", "help-desk"),
}
"""For whom each official stands. Rita and Margaret ask for roles too."""
ORDER = ("state", "cms", "help-desk")
REQUESTERS = {
    "angela": ANGELA,
    "rita": Person(user_id="rita", name="Rita", email="rita@officials.example", phone=None),
    "margaret": Person(user_id="margaret", name="Margaret", email="margaret@officials.example", phone=None),
    "twin": Person(user_id="twin", name="Twin", email="RITA@officials.example", phone=None),
}
"""Twin has Rita's address: another account of hers."""
WAITING = ("ReminderDue", "ApprovalEscalated", "ExpiryAnnounced", "ApprovalNudged", "InformationReceived")
"""Messages that bring mail about an approval that waits to those who may decide."""


@dataclass
class House:
    """The directory of a state with the authorities above it, and the requests that wait there."""

    database: Database
    settings: Settings
    now: datetime = BEGINNING
    requests: list[UUID] = field(default_factory=list)
    seen: UUID = UUID(int=0)
    reminded: dict[tuple[UUID, str], list[int]] = field(default_factory=dict)
    grants: list[RoleGranted] = field(default_factory=list)
    alerted: set[UUID] = field(default_factory=set)
    model: Model = field(init=False)

    def __post_init__(self) -> None:
        places = {user_id: ORDER.index(kind) for user_id, (kind, _) in AUTHORITIES.items()}
        self.model = Model(places, set(places))
        with self.database.transaction() as session:
            for user_id, (kind, identifier) in AUTHORITIES.items():
                official(session, kind, identifier, user_id)
            for who in ("rita", "angela", "twin"):
                given = grant(REQUESTERS[who], "state-agency-sc-general-user", ALABAMA)
                follow_grant(session, given, LIFETIME, self.now)
                self.grants.append(given)

    # ── what people do ──────────────────────────────────────────────────────────────────────────────

    def ask(self, who: str) -> None:
        """Somebody asks for a role in Alabama."""
        person = REQUESTERS[who]
        message = general_user(requester=person, submitted_at=self.now)
        self._do(
            lambda session: route_request(session, message, correlation_id=new_id(), lifetime=LIFETIME, now=self.now)
        )
        self.requests.append(message.request_id)
        self.model.asks(message.request_id, person.user_id, person.email, self.now)

    def leave(self, who: str) -> None:
        """Somebody is no official any more."""
        if who in self.model.active:
            authority = AuthorityId(kind=AUTHORITIES[who][0], id=AUTHORITIES[who][1])
            self._do(lambda session: remove_official(session, authority, who, LIFETIME, self.now))
            self.model.leaves(who, self.now)

    def come(self, who: str) -> None:
        """Somebody is an official again, or still."""
        kind, identifier = AUTHORITIES[who]
        entry = OfficialEntry(
            authority_kind=kind,
            organization_id=identifier,
            user_id=who,
            name=who.title(),
            email=f"{who}@officials.example",
            phone=None,
            time_zone=CHICAGO.key,
        )
        self._do(lambda session: import_officials(session, [entry], LIFETIME, self.now))
        self.model.comes(who, self.now)

    def absence(self, who: str, substitute: str, first: int, days: int) -> None:
        """Somebody goes away, as far as the rules let them."""
        today = self.now.astimezone(CHICAGO).date() + timedelta(days=first)
        last = today + timedelta(days=days)
        wanted = Wanted(first_day=today, last_day=last, substitute=substitute)
        entered = self._do(lambda session: enter_absence(session, who, wanted, LIFETIME, self.now).id)
        assert (entered is not None) == self.model.may_be_absent(who, substitute, today, last)
        if entered is not None:
            self.model.enters(entered, Absence(who, substitute, today, last), self.now)

    def back_again(self) -> None:
        """The first who is or will be away changes their mind."""
        with self.database.reading() as session:
            planned = select(AbsenceRow).where(AbsenceRow.over_at.is_(None)).order_by(AbsenceRow.id)
            found = session.scalars(planned.limit(1)).first()
        if found is not None:
            self._do(lambda session: cancel_absence(session, found.user_id, found.id, LIFETIME, self.now))
            self.model.is_back(found.id, self.now)

    def hand_over(self, place: int, who: str, receiver: str) -> None:
        """An official hands over what waits for them, or tries to hand over what does not."""

        def act(session: Session, approval: ApprovalRow, by: OfficialRow) -> bool:
            hand_over(
                *(session, approval.id, by.id, receiver, "You know them better.", Way(signed_in_as=who)),
                always_sign_in=False,
                at_most=LIFETIME,
                now=self.now,
            )
            return True

        if request_id := self._chosen(place):
            may = self.model.may_hand_over(request_id, who, receiver)
            assert (self._with(request_id, who, act) is not None) == may
            if may:
                self.model.hands_over(request_id, who, receiver)

    def question(self, place: int, who: str) -> None:
        """An official asks the requester something."""

        def act(session: Session, approval: ApprovalRow, by: OfficialRow) -> UUID:
            way, inquiry = Way(signed_in_as=who), Inquiry(text=f"Where do you work? {new_id()}")
            return ask_requester(session, approval.id, by.id, inquiry, way, always_sign_in=False, now=self.now)

        if request_id := self._chosen(place):
            may, asked = self.model.may_question(request_id, who), self._with(request_id, who, act)
            assert (asked is not None) == may
            if asked is not None:
                self.model.questions(request_id, asked, self.now)

    def answer(self) -> None:
        """The requester of the oldest question without an answer gives one."""
        with self.database.reading() as session:
            open_ones = select(QuestionRow).where(QuestionRow.answered_at.is_(None)).order_by(QuestionRow.id)
            found = session.scalars(open_ones).first()
            request_id = found.approval.request_id if found else None
        if found is None or request_id is None:
            return
        message = InformationProvided(
            question_id=found.id,
            approval_id=found.approval_id,
            request_id=request_id,
            answer="In Montgomery.",
            corrections=(),
            answered_at=self.now,
        )
        self._do(lambda session: take_answer(session, message, LIFETIME, self.now))
        self.model.is_answered(found.id, self.now)

    def decide(self, who: str, verdict: Verdict) -> None:
        """An official decides everything at once, their own requests and those of others too if they could."""
        with self.database.reading() as session:
            by = session.scalars(select(OfficialRow).where(OfficialRow.user_id == who)).one()
            everything = session.scalars(select(ApprovalRow.id)).all()
        chosen = [Chosen(approval_id=each, official_id=by.id, way=Way(signed_in_as=who)) for each in everything]
        choice = Choice(verdict=verdict, reason="not-needed" if verdict is Verdict.REJECTED else None)
        decide_many(self.database.transaction, chosen, choice, always_sign_in=False, now=self.now)
        self.model.decides(who, verdict)

    def nudge(self, place: int) -> None:
        """A requester has the officials reminded."""
        if request_id := self._chosen(place):
            message = NudgeAsked(request_id=request_id, asked_at=self.now)
            self._do(lambda session: nudge(session, message, LIFETIME, self.now))

    def withdraw(self, place: int) -> None:
        """A requester takes a request back."""
        if request_id := self._chosen(place):
            message = RequestWithdrawn(request_id=request_id, withdrawn_at=self.now)
            self._do(lambda session: withdraw(session, message, self.now))
            self.model.withdraws(request_id)

    def open_review(self) -> None:
        """The roles of Alabama are reviewed."""
        self._do(lambda session: open_review(session, AuthorityId(kind="state", id="AL"), self.now))

    def review(self, who: str, said: Said) -> None:
        """An official answers for every role of the review, their own too if they could."""
        with self.database.reading() as session:
            found = session.scalars(select(ReviewRow.id)).first()
        if found is not None:
            grants = [each.grant_id for each in self.grants]
            self._do(
                lambda session: answer_review(
                    session, found, who, said, grants=grants, reason="Left the agency", now=self.now
                )
            )

    def wait(self, hours: int) -> None:
        """Time passes, and the beat ticks every six hours."""
        end = self.now + timedelta(hours=hours)
        while self.now < end:
            self.now = min(self.now + timedelta(hours=6), end)
            for tick in make_schedule(self.settings):
                assert run_tick(self.database, tick, self.now), tick.name
            self.model.ticks(self.now)

    def _chosen(self, place: int) -> UUID | None:
        return self.requests[place % len(self.requests)] if self.requests else None

    def _with(self, request_id: UUID, who: str, act: Callable[[Session, ApprovalRow, OfficialRow], T]) -> T | None:
        """Does something to one of the requests."""

        def of_one(session: Session) -> T:
            request = queries.lock_request(session, request_id)
            by = session.scalars(select(OfficialRow).where(OfficialRow.user_id == who)).one()
            assert request is not None
            return act(session, request.approvals[0], by)

        return self._do(of_one)

    def _do(self, act: Callable[[Session], T]) -> T | None:
        """Acts; a refusal, for which None is returned, is what the page would show, and changes nothing."""
        try:
            with self.database.transaction() as session:
                # As a worker and every page that changes who is asked do.
                queries.lock_directory(session)
                return act(session)
        except (RefusedError, UnusableAbsenceError, NoSuchReviewError, ReviewClosedError):
            return None

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────

    def standing(self) -> dict[UUID, set[str]]:
        """Returns who may decide each open approval."""
        with self.database.reading() as session:
            rows = session.scalars(select(ApprovalRow).where(ApprovalRow.state.in_(OPEN)))
            return {row.id: {each.official.user_id for each in queries.live_askings(row)} for row in rows}

    def check(self, before: dict[UUID, set[str]]) -> None:
        """Compares the database, and what was written since the last time, with the rules."""
        with self.database.transaction() as session:
            written = self._written(session)
            self.alerted |= {each.approval_id for each in written if each.type() == "ApprovalUnroutable"}
            for approval in session.scalars(select(ApprovalRow)):
                self._check_approval(session, approval, self.model.requests[approval.request_id])
        after = self.standing()
        for message in written:
            self._check_message(message, before, after)

    def _check_approval(self, session: Session, approval: ApprovalRow, one: Waiting) -> None:
        assert (approval.state, approval.level) == (one.state, one.level)
        assert _asked(session, approval) == {who: each.places for who, each in self.model.asked(one).items()}
        # Somebody may decide it who is eligible, or operations know of it.
        assert not one.is_open or self.model.asked(one) or approval.id in self.alerted
        assert (approval.stuck_since is not None) == one.is_stuck
        open_ones = select(DeadlineRow).where(DeadlineRow.approval_id == approval.id, DeadlineRow.ended_at.is_(None))
        due = {(row.kind.value, row.step): row.due_at for row in session.scalars(open_ones) if row.due_at}
        assert due == one.due()

    def _written(self, session: Session) -> list[Any]:
        new = select(outbox.c.id, outbox.c.envelope).where(outbox.c.id > self.seen, outbox.c.lane != "(receipt)")
        rows = session.execute(new.order_by(outbox.c.id)).all()
        self.seen = rows[-1].id if rows else self.seen
        envelopes = {row.envelope["message_id"]: row.envelope for row in rows}
        return [Envelope.from_json(raw).message() for raw in envelopes.values()]

    def _check_message(self, message: Any, before: dict[UUID, set[str]], after: dict[UUID, set[str]]) -> None:
        kind = message.type()
        if kind == "RoleEndOrdered" and message.ordered_by_official is not None:
            with self.database.reading() as session:
                by = session.get_one(OfficialRow, message.ordered_by_official).user_id
            assert by != message.holder_user_id
        if kind in WAITING:
            concerned = before.get(message.approval_id, set()) | after.get(message.approval_id, set())
            told = {each.user_id for each in message.officials}
            assert told <= concerned, (kind, told, concerned)
            assert message.requester.user_id not in told
        if kind == "ReminderDue":
            for each in message.officials:
                numbers = self.reminded.setdefault((message.approval_id, each.user_id), [])
                assert message.number not in numbers
                numbers.append(message.number)
        if kind == "DigestDue":
            for entry in message.entries:
                concerned = before.get(entry.approval_id, set()) | after.get(entry.approval_id, set())
                assert message.official.user_id in concerned


def _asked(session: Session, approval: ApprovalRow) -> dict[str, set[str]]:
    """Returns who may decide, and in whose place."""

    def name(official_id: str) -> str:
        return session.get_one(OfficialRow, UUID(official_id)).user_id

    return {
        each.official.user_id: {name(absent["official"]) for absent in each.acts_for}
        for each in queries.live_askings(approval)
    }
