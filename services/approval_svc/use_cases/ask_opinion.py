"""An official asks another one what they think of a request, and keeps the decision."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import absence_queries, queries, talking_queries
from approval_svc.domain import links
from approval_svc.domain.approvals import Way
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.domain.routing import is_same
from approval_svc.domain.talking import NO_QUESTION, adviser, away, written
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow, OpinionRow
from approval_svc.use_cases import auditing, planning, telling
from approval_svc.use_cases.in_hand import doer, take_in_hand
from approval_svc.use_cases.timing import link_lifetime
from shared import audit
from shared.audit import Action
from shared.contracts import OpinionAsked
from shared.ids import new_id
from shared.messaging.outbox import publish

WAITS_ALREADY = "This official was asked already, and has not answered yet"


def ask_opinion(
    session: Session,
    approval_id: UUID,
    official_id: UUID,
    adviser_user_id: str,
    question: str,
    way: Way,
    *,
    always_sign_in: bool,
    at_most: timedelta,
    now: datetime,
) -> None:
    """Asks the other official; that gives them no say. `at_most` is how long links may work at most.

    The same question of the same official, as a second click sends it, is the one that waits for its answer.

    Raises:
        RefusedError: the approval does not wait for this official, the other one cannot be asked (they are the
            requester, were removed, are absent, or have not answered yet), or the question cannot be taken.
    """
    queries.hold_directory(session)
    approval, asking = take_in_hand(session, approval_id, official_id, way, always_sign_in=always_sign_in, now=now)
    if _is_asked_already(session, asking, adviser_user_id, question):
        return
    asked = _adviser(session, approval, asking.official, adviser_user_id)
    row = OpinionRow(
        id=new_id(),
        approval=approval,
        asked_by=asking.official,
        official=asked,
        question=written("question", question, NO_QUESTION),
        asked_at=now,
    )
    session.add(row)
    session.flush()
    asker = telling.acting_name(asking)
    text = f"{asker} asked {asked.name} for an opinion."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    _audit(session, row, asking, doer(asking, way), now)
    ends = links.end_of(now, link_lifetime(approval, at_most))
    publish(session, _message(session, row, asker, ends), correlation_id=approval.request.correlation_id, now=now)


def _is_asked_already(session: Session, asking: AskingRow, adviser_user_id: str, question: str) -> bool:
    return any(
        each.answered_at is None
        and each.official.address_since <= each.asked_at
        and (each.asked_by_id, each.question) == (asking.official_id, question)
        and is_same(each.official.user_id, adviser_user_id)
        for each in talking_queries.opinions_of(session, asking.approval)
    )


def _adviser(session: Session, approval: ApprovalRow, asker: OfficialRow, user_id: str) -> OfficialRow:
    rows = talking_queries.rows_of_person(session, user_id)
    requester = queries.requester_of(approval.request)
    chosen = adviser([queries.candidate(row) for row in rows], asker.user_id, requester)
    absence = absence_queries.in_force_of(session, [chosen.user_id]).get(chosen.user_id)
    if absence is not None:
        raise UnusableChoiceError("adviser", away(absence.last_day))
    if talking_queries.is_awaited_from(session, approval, chosen.user_id):
        raise UnusableChoiceError("adviser", WAITS_ALREADY)
    return next(row for row in rows if row.id == chosen.official_id)


def _message(session: Session, row: OpinionRow, asker: str, links_expire_at: datetime) -> OpinionAsked:
    approval = row.approval
    return OpinionAsked(
        opinion_id=row.id,
        approval_id=approval.id,
        request_id=approval.request_id,
        requester=telling.requester(approval.request),
        role_name=approval.request.role_name,
        organization=telling.organization(approval),
        official=telling.official(row.official),
        asked_by=asker,
        question=row.question,
        requested_at=approval.request.submitted_at,
        expires_at=planning.due_of(session, approval, DeadlineKind.EXPIRY),
        links_expire_at=links_expire_at,
        asked_at=row.asked_at,
    )


def _audit(session: Session, row: OpinionRow, asking: AskingRow, who: str, now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_OPINION_ASKED,
        ("approval", row.approval.id),
        now=now,
        after={"opinion": row.id, "official": row.official.id, "request": row.approval.request_id}
        | auditing.also_acted_for(asking),
        who=who,
        on_behalf_of=auditing.asked_for(asking),
        correlation_id=row.approval.request.correlation_id,
    )
