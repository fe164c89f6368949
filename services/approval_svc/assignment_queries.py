"""Who is asked about an approval as things stand: routing, absences and handovers, read together."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import absence_queries, queries
from approval_svc.domain.assignment import Assigned, Assignment, Handover, assign
from approval_svc.domain.routing import Routing
from approval_svc.tables import ApprovalRow, HandoverRow, OfficialRow


def assignment_of(session: Session, approval: ApprovalRow) -> Assignment:
    """Returns who is asked about the approval, and for whom they act. Raises UnknownRoleError."""
    session.flush()
    return with_absences(session, queries.routing_of(session, approval), _handovers(session, approval))


def with_absences(session: Session, routing: Routing, handovers: list[Handover] | None = None) -> Assignment:
    """Returns the assignment for a routing with those who are absent now."""
    people = {each.user_id for step in routing.steps for each in step.eligible}
    return assign(routing, absence_queries.away_among(session, people), handovers or ())


def absent_of(session: Session, assigned: Assigned) -> list[dict[str, str]]:
    """Returns id and name of those for whom somebody acts, as rows keep them."""
    rows = [session.get_one(OfficialRow, each.official_id) for each in assigned.acts_for]
    return [{"official": str(row.id), "name": row.name} for row in rows]


def _handovers(session: Session, approval: ApprovalRow) -> list[Handover]:
    made = select(HandoverRow).where(HandoverRow.approval_id == approval.id, HandoverRow.ended_at.is_(None))
    rows = session.scalars(made.order_by(HandoverRow.handed_at, HandoverRow.id))
    return [Handover(giver=row.giver_id, receiver=row.receiver_id) for row in rows]
