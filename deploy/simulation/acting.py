"""People act as they planned, through the use cases that their pages call, and remember what they did."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from approval_svc import queries
from approval_svc.domain.approvals import State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.digests import Mails
from approval_svc.domain.questions import Inquiry
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.use_cases.ask_requester import ask_requester
from approval_svc.use_cases.choose_mails import choose_mails
from approval_svc.use_cases.decide import decide
from deploy.simulation.facts import Ending, Life, Part
from deploy.simulation.plan import Answer, Request
from deploy.simulation.post import Post
from deploy.simulation.world import Someone, World
from shared.catalog import the_catalog
from shared.contracts import InformationProvided, NudgeAsked, RequestWithdrawn, RoleRequested
from shared.ids import new_id


@dataclass
class People:
    """Everybody who does something."""

    post: Post
    lives: dict[int, Life] = field(default_factory=dict)
    """What became of each request, by its number."""

    def settle(self, world: World, now: datetime) -> None:
        """Puts the officials into the directory, who then say how they want to be mailed."""
        with self.post.approvals.database.transaction() as session:
            for someone in world.officials:
                session.add_all(_rows(someone, now))
            session.flush()
            for someone in world.officials:
                choose_mails(session, someone.user_id, Mails(someone.mails), now)

    def ask(self, request: Request, now: datetime) -> None:
        """Asks for the role."""
        message = RoleRequested(
            request_id=new_id(),
            requester=request.requester,
            category_id=request.category,
            role_id=request.role,
            role_name=the_catalog().role(request.role).name,
            option_id=None,
            survey_for=request.survey_for,
            organizations=request.organizations,
            surveyor=None,
            surveyor_status=None,
            federal_surveyor_id=None,
            employee_id=None,
            roles_held=(),
            submitted_at=now,
        )
        correlation_id, request_id = new_id(), message.request_id
        self.post.publish(message, correlation_id, now, to=(self.post.approvals, self.post.notices))
        self.lives[request.number] = Life(request, request_id, correlation_id, self._parts(request, request_id, now))

    def withdraw(self, request: Request, now: datetime) -> None:
        """Takes the request back, if anything of it is open."""
        life = self.lives[request.number]
        still_open = [part for part in life.parts if self._is_open(part)]
        self._hear(life, RequestWithdrawn(request_id=life.request_id, withdrawn_at=now), now)
        for part in still_open:
            part.ended = now, Ending.WITHDRAWN

    def nudge(self, request: Request, now: datetime) -> None:
        """Has the officials reminded, or tries to: it may be too early."""
        life = self.lives[request.number]
        for part in life.parts:
            if self._is_open(part):
                part.nudged_at.append(now)
        self._hear(life, NudgeAsked(request_id=life.request_id, asked_at=now), now)

    def answer(self, request: Request, number: int, answer: Answer, now: datetime) -> None:
        """One of those who may decide does so, signed in; when it is over already nobody does."""
        part = self.lives[request.number].parts[number]
        with self.post.approvals.database.transaction() as session:
            official = self._decider(session.get_one(ApprovalRow, part.approval_id), answer.who)
            if official is None:
                return
            verdict = Verdict.APPROVED if answer.approve else Verdict.REJECTED
            choice = Choice(verdict=verdict, reason=None if answer.approve else "not-needed")
            way = Way(signed_in_as=official.user_id)
            decide(session, part.approval_id, official.id, choice, way, always_sign_in=False, now=now)
        part.ended, part.ended_by = (now, Ending(verdict)), official.user_id
        self.post.carry(now)

    def question(self, request: Request, number: int, who: float, now: datetime) -> UUID | None:
        """One of those who may decide asks the requester something; returns the question's id, if it was asked."""
        part = self.lives[request.number].parts[number]
        with self.post.approvals.database.transaction() as session:
            official = self._decider(session.get_one(ApprovalRow, part.approval_id), who)
            if official is None:
                return None
            inquiry, way = Inquiry(text="Which office do you work in?"), Way(signed_in_as=official.user_id)
            found = ask_requester(session, part.approval_id, official.id, inquiry, way, always_sign_in=False, now=now)
        part.questioned = now, official.user_id
        self.post.carry(now)
        return found

    def reply(self, request: Request, number: int, question_id: UUID, now: datetime) -> None:
        """The requester answers, if it is of use still."""
        life = self.lives[request.number]
        part = life.parts[number]
        if self._is_open(part):
            part.answered_at = now
        message = InformationProvided(
            question_id=question_id,
            approval_id=part.approval_id,
            request_id=life.request_id,
            answer="In Building 2.",
            corrections=(),
            answered_at=now,
        )
        self._hear(life, message, now)

    def _hear(self, life: Life, message: RequestWithdrawn | NudgeAsked | InformationProvided, now: datetime) -> None:
        self.post.publish(message, life.correlation_id, now, to=(self.post.approvals,))

    def _parts(self, request: Request, request_id: UUID, now: datetime) -> list[Part]:
        places = {each.id: each for each in request.organizations}
        theirs = select(ApprovalRow).where(ApprovalRow.request_id == request_id).order_by(ApprovalRow.id)
        with self.post.approvals.database.reading() as session:
            return [Part(row.id, places.get(row.organization_id or ""), now) for row in session.scalars(theirs)]

    def _is_open(self, part: Part) -> bool:
        with self.post.approvals.database.reading() as session:
            return session.get_one(ApprovalRow, part.approval_id).state is State.ASKED

    def _decider(self, approval: ApprovalRow, who: float) -> OfficialRow | None:
        asked = sorted(queries.live_askings(approval), key=lambda each: each.official.user_id)
        if approval.state is not State.ASKED:
            return None
        return asked[int(who * len(asked))].official


def _rows(someone: Someone, now: datetime) -> list[OfficialRow]:
    return [
        OfficialRow(
            id=new_id(),
            authority_kind=kind,
            authority_id=identifier,
            user_id=someone.user_id,
            name=someone.user_id,
            email=someone.email,
            time_zone=someone.zone,
            active=True,
            reachable=True,
            source="import",
            added_at=now,
            address_since=now,
        )
        for kind, identifier in someone.authorities
    ]
