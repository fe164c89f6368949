"""Officials who do everything that their pages let them, in any order, and what must hold after each of their acts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.absences import UnusableAbsenceError
from approval_svc.domain.approvals import OPEN, State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.questions import Inquiry
from approval_svc.domain.refusals import RefusedError
from approval_svc.domain.routing import AuthorityId
from approval_svc.settings import Settings
from approval_svc.tables import (
    AbsenceRow,
    ApprovalRow,
    AskingRow,
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
from approval_svc.use_cases.nudge import nudge
from approval_svc.use_cases.open_review import open_review
from approval_svc.use_cases.plan_absence import NoSuchAbsenceError, Wanted, cancel_absence, enter_absence
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
from tests.approval_svc.waiting import MONDAY

CHICAGO = ZoneInfo("America/Chicago")
FEDERAL_HOLIDAYS = {date(2026, *day) for day in ((6, 19), (7, 3), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25))}
"""From June 2026 to the end of the year, as opm.gov lists them."""
AUTHORITIES = {
    "loretta": ("state", "AL"),
    "rita": ("state", "AL"),
    "margaret": ("cms", "cms"),
    "daniel": ("cms", "cms"),
    "henry": ("help-desk", "help-desk"),
}
"""For whom each official stands. Rita and Margaret ask for roles too."""
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
    now: datetime = MONDAY
    requests: list[UUID] = field(default_factory=list)
    seen: UUID = UUID(int=0)
    reminded: dict[tuple[UUID, str], list[int]] = field(default_factory=dict)
    grants: list[RoleGranted] = field(default_factory=list)

    def __post_init__(self) -> None:
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
        message = general_user(requester=REQUESTERS[who], submitted_at=self.now)
        self._do(
            lambda session: route_request(session, message, correlation_id=new_id(), lifetime=LIFETIME, now=self.now)
        )
        self.requests.append(message.request_id)

    def absence(self, who: str, substitute: str, first: int, days: int) -> None:
        """Somebody goes away, as far as the rules let them."""
        today = self.now.astimezone(CHICAGO).date() + timedelta(days=first)
        wanted = Wanted(first_day=today, last_day=today + timedelta(days=days), substitute=substitute)
        self._do(lambda session: enter_absence(session, who, wanted, LIFETIME, self.now))

    def back_again(self) -> None:
        """The first who is or will be away changes their mind."""
        with self.database.reading() as session:
            found = session.scalars(select(AbsenceRow).where(AbsenceRow.over_at.is_(None)).limit(1)).first()
        if found is not None:
            self._do(lambda session: cancel_absence(session, found.user_id, found.id, LIFETIME, self.now))

    def hand_over(self, place: int, who: str, receiver: str) -> None:
        """An official hands over what waits for them, or tries to hand over what does not."""

        def act(session: Session, approval: ApprovalRow, by: OfficialRow) -> None:
            way = Way(signed_in_as=who)
            hand_over(
                *(session, approval.id, by.id, receiver, "You know them better.", way),
                always_sign_in=False,
                at_most=LIFETIME,
                now=self.now,
            )

        self._with(place, who, act)

    def question(self, place: int, who: str) -> None:
        """An official asks the requester something."""

        def act(session: Session, approval: ApprovalRow, by: OfficialRow) -> None:
            way, inquiry = Way(signed_in_as=who), Inquiry(text="Where do you work?")
            ask_requester(session, approval.id, by.id, inquiry, way, always_sign_in=False, now=self.now)

        self._with(place, who, act)

    def answer(self) -> None:
        """The requester of the oldest open question answers."""
        with self.database.reading() as session:
            open_ones = select(QuestionRow).where(QuestionRow.answered_at.is_(None)).order_by(QuestionRow.asked_at)
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

    def decide(self, who: str, verdict: Verdict) -> None:
        """An official decides everything at once, their own requests and those of others too if they could."""
        with self.database.reading() as session:
            by = session.scalars(select(OfficialRow).where(OfficialRow.user_id == who)).one()
            asked = session.scalars(select(AskingRow.approval_id).where(AskingRow.official_id == by.id)).all()
            everything = session.scalars(select(ApprovalRow.id).where(ApprovalRow.state == State.ASKED)).all()
        chosen = [
            Chosen(approval_id=each, official_id=by.id, way=Way(signed_in_as=who)) for each in {*asked, *everything}
        ]
        choice = Choice(verdict=verdict, reason="not-needed" if verdict is Verdict.REJECTED else None)
        decide_many(self.database.transaction, chosen, choice, always_sign_in=False, now=self.now)

    def nudge(self, place: int) -> None:
        """A requester has the officials reminded."""
        if self.requests:
            message = NudgeAsked(request_id=self.requests[place % len(self.requests)], asked_at=self.now)
            self._do(lambda session: nudge(session, message, LIFETIME, self.now))

    def withdraw(self, place: int) -> None:
        """A requester takes a request back."""
        if self.requests:
            request_id = self.requests[place % len(self.requests)]
            message = RequestWithdrawn(request_id=request_id, withdrawn_at=self.now)
            self._do(lambda session: withdraw(session, message, self.now))

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

    def _with(self, place: int, who: str, act: Callable[[Session, ApprovalRow, OfficialRow], None]) -> None:
        """Does something to one of the requests."""
        if not self.requests:
            return

        def of_one(session: Session) -> None:
            request = queries.lock_request(session, self.requests[place % len(self.requests)])
            by = session.scalars(select(OfficialRow).where(OfficialRow.user_id == who)).one()
            assert request is not None
            act(session, request.approvals[0], by)

        self._do(of_one)

    def _do(self, act: Callable[[Session], object]) -> None:
        """Acts; a refusal is what the page would show, and changes nothing."""
        try:
            with self.database.transaction() as session:
                # As a worker and every page that changes who is asked do.
                queries.lock_directory(session)
                act(session)
        except (RefusedError, UnusableAbsenceError, NoSuchAbsenceError, NoSuchReviewError, ReviewClosedError):
            return

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────

    def standing(self) -> dict[UUID, set[str]]:
        """Returns who may decide each open approval."""
        with self.database.reading() as session:
            rows = session.scalars(select(ApprovalRow).where(ApprovalRow.state.in_(OPEN)))
            return {row.id: {each.official.user_id for each in queries.live_askings(row)} for row in rows}

    def check(self, before: dict[UUID, set[str]]) -> None:
        """Compares the database, and what was written since the last time, with the rules."""
        with self.database.transaction() as session:
            for approval in session.scalars(select(ApprovalRow)):
                self._check_approval(session, approval)
            written = self._written(session)
        after = self.standing()
        for message in written:
            self._check_message(message, before, after)

    def _check_approval(self, session: Session, approval: ApprovalRow) -> None:
        requester = approval.request
        own = {requester.requester_user_id, *_with_address(requester.requester_email)}
        live = {each.official.user_id for each in queries.live_askings(approval)}
        if approval.state is State.ASKED:
            assert live  # somebody may decide
            assert not live & own  # and never on themselves
            self._check_absent(session, approval, live)
        else:
            assert not live
        if approval.decided_by is not None:
            by = session.get_one(OfficialRow, approval.decided_by)
            assert by.user_id not in own
        self._check_deadlines(session, approval)

    def _check_absent(self, session: Session, approval: ApprovalRow, live: set[str]) -> None:
        """Nobody acts for somebody who is there, or for the requester; the absent are not asked."""
        away = set(
            session.scalars(
                select(AbsenceRow.user_id).where(AbsenceRow.begun_at.is_not(None), AbsenceRow.over_at.is_(None))
            )
        )
        assert not live & away
        for asking in queries.live_askings(approval):
            for absent in asking.acts_for:
                acted_for = session.get_one(OfficialRow, UUID(absent["official"])).user_id
                assert acted_for in away
                assert acted_for != asking.official.user_id

    def _check_deadlines(self, session: Session, approval: ApprovalRow) -> None:
        """What time does lies on a business day in the mail hours; once done it stays done."""
        for row in session.scalars(select(DeadlineRow).where(DeadlineRow.approval_id == approval.id)):
            if row.due_at is None:
                continue
            local = row.due_at.astimezone(CHICAGO)
            assert is_business_day(local.date()), local
            assert 8 <= local.hour < 18
            assert row.fired_at is None or row.fired_at >= row.due_at
            if approval.state not in OPEN:
                assert row.ended_at is not None

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


def is_business_day(day: date) -> bool:
    """Whether a day counts in Alabama, by a calendar of its own; state holidays are left to other tests."""
    return day.weekday() < 5 and day not in FEDERAL_HOLIDAYS


def _with_address(address: str) -> set[str]:
    return {user_id for user_id in AUTHORITIES if f"{user_id}@officials.example" == address.strip().lower()}
