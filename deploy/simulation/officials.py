"""Officials go away and come back, and hand over what waits for them, through the use cases that their pages call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.assignment_queries import assignment_of
from approval_svc.domain.absences import UnusableAbsenceError
from approval_svc.domain.approvals import State, Way
from approval_svc.domain.talking import receivers
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow
from approval_svc.use_cases.decide_many import Chosen
from approval_svc.use_cases.hand_over import hand_over
from approval_svc.use_cases.hand_over_many import hand_over_many
from approval_svc.use_cases.plan_absence import Wanted, cancel_absence, enter_absence
from deploy.simulation.absences import Absence, Pile
from deploy.simulation.facts import Handed, Leave, Life, Part
from deploy.simulation.plan import Handing
from deploy.simulation.post import Post

NOTE = "You know them better."


@dataclass
class Officials:
    """Those who may decide, and what they do besides. `lifetime` is how long links work at most."""

    post: Post
    lifetime: timedelta
    lives: dict[int, Life]
    leaves: list[Leave] = field(default_factory=list)
    """Who was absent, in the order in which it was entered."""
    refused: int = 0
    """How many absences did not go together with others."""
    piles: int = 0
    """How many times somebody handed several over at once."""

    def go(self, absence: Absence, now: datetime) -> UUID | None:
        """Enters an absence; returns its id, or None when it was refused."""
        wanted = Wanted(first_day=absence.first_day, last_day=absence.last_day, substitute=absence.substitute)
        try:
            with self.post.approvals.database.transaction() as session:
                found = enter_absence(session, absence.who.user_id, wanted, self.lifetime, now).id
        except UnusableAbsenceError:
            self.refused += 1
            return None
        zone = ZoneInfo(absence.who.zone)
        first, over = (
            datetime.combine(day, time(), zone).astimezone(UTC)
            for day in (absence.first_day, absence.last_day + timedelta(days=1))
        )
        self.leaves.append(Leave(absence.who.user_id, absence.substitute, max(first, now), over, over))
        self.post.carry(now)
        return found

    def come_back(self, absence_id: UUID, leave: Leave, now: datetime) -> None:
        """Calls an absence off before it begins, or ends it before its time."""
        with self.post.approvals.database.transaction() as session:
            cancel_absence(session, leave.who, absence_id, self.lifetime, now)
        leave.over_at = now
        self.post.carry(now)

    def hand_over(self, number: int, handing: Handing, now: datetime) -> None:
        """One of those who may decide a request hands it over, if it is open still."""
        part = self.lives[number].parts[0]
        with self.post.approvals.database.transaction() as session:
            approval = session.get_one(ApprovalRow, part.approval_id)
            asked = sorted(queries.live_askings(approval), key=lambda each: each.official.user_id)
            if approval.state is not State.ASKED:
                return
            giver = asked[int(handing.who * len(asked))].official
            receiver = self._receiver(session, approval, giver.user_id, handing.to)
            if receiver is not None:
                self._hand_over(session, approval.id, giver, receiver, now)
        if receiver is not None:
            part.handed.append(Handed(now, giver.user_id, receiver))
        self.post.carry(now)

    def hand_pile_over(self, pile: Pile, now: datetime) -> None:
        """Somebody hands over several at once, as in their list: what the other one cannot decide stays."""
        with self.post.approvals.database.transaction() as session:
            waiting = self._waiting(session, pile)
            if not waiting:
                return
            giver = waiting[0].official.user_id
            receiver = self._receiver(session, waiting[0].approval, giver, pile.to)
        if receiver is None:
            return
        way = Way(signed_in_as=giver)
        results = hand_over_many(
            self.post.approvals.database.transaction,
            [Chosen(approval_id=asking.approval_id, official_id=asking.official_id, way=way) for asking in waiting],
            receiver,
            NOTE,
            always_sign_in=False,
            at_most=self.lifetime,
            now=now,
        )
        self.piles += 1
        for part in self._parts([approval_id for approval_id, refused in results.items() if refused is None]):
            part.handed.append(Handed(now, giver, receiver, self.piles))
        self.post.carry(now)

    def _waiting(self, session: Session, pile: Pile) -> Sequence[AskingRow]:
        """Returns what waits for one of those for whom several do."""
        live = select(AskingRow).join(AskingRow.official).join(AskingRow.approval)
        live = live.where(AskingRow.ended_at.is_(None), ApprovalRow.state == State.ASKED)
        people = live.with_only_columns(OfficialRow.user_id).group_by(OfficialRow.user_id).having(func.count() > 1)
        found = session.scalars(people.order_by(OfficialRow.user_id)).all()
        if not found:
            return []
        theirs = live.where(OfficialRow.user_id == found[int(pile.who * len(found))])
        return session.scalars(theirs.order_by(AskingRow.approval_id).limit(pile.most)).all()

    def _receiver(self, session: Session, approval: ApprovalRow, giver: str, to: float) -> str | None:
        """Returns one of those whom the page offers."""
        offered = sorted(each.user_id for each in receivers(assignment_of(session, approval).routing, giver))
        return offered[int(to * len(offered))] if offered else None

    def _hand_over(self, session: Session, approval_id: UUID, giver: OfficialRow, receiver: str, now: datetime) -> None:
        way = Way(signed_in_as=giver.user_id)
        hand_over(
            session, approval_id, giver.id, receiver, NOTE, way, always_sign_in=False, at_most=self.lifetime, now=now
        )

    def _parts(self, approval_ids: Sequence[UUID]) -> list[Part]:
        wanted = {*approval_ids}
        return [part for life in self.lives.values() for part in life.parts if part.approval_id in wanted]
