"""An official decides one approval. The first decision stands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries, reference
from approval_svc.domain import choices
from approval_svc.domain.approvals import Decider, State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.refusals import NotAskedError
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow, RequestRow
from approval_svc.use_cases import auditing, planning, telling
from approval_svc.use_cases.conclude import conclude
from approval_svc.use_cases.term import term_of
from shared import audit
from shared.audit import Action
from shared.contracts import ApprovalDecided, ClosedBecause
from shared.messaging.outbox import publish


def decide(
    session: Session,
    approval_id: UUID,
    official_id: UUID,
    choice: Choice,
    way: Way,
    *,
    always_sign_in: bool,
    now: datetime,
) -> None:
    """Decides the approval for the official, and the request when it was the last one.

    `always_sign_in`: whether every decision needs sign-in, not only those on Security Official roles.

    Raises:
        RefusedError: one of its named kinds; nothing was changed.
    """
    approval, asking = lock_asked(session, approval_id, official_id)
    needed = needs_sign_in(approval.request, always=always_sign_in)
    standing = queries.as_domain(approval, needs_sign_in=needed)
    decider = decider_of(asking, way)
    decided = standing.decided(decider, choice.verdict, now)
    choices.check(choice, offer_of(approval.request))
    term = term_of(approval, now)
    term.check(choice.until)
    approval.ends_at = term.ends_at(choice.until) if decided.state is State.APPROVED else None
    _record(session, approval, asking, decided.state, choice, now)
    planning.end(session, approval, now)
    _audit(session, approval, asking.official, way, now)
    _tell(session, approval, now)
    conclude(session, approval.request, now)


def needs_sign_in(request: RequestRow, *, always: bool) -> bool:
    """Whether this decision needs the official to be signed in: those that make somebody an official always do."""
    return always or reference.official_of(request.role_id) is not None


def decider_of(asking: AskingRow, way: Way) -> Decider:
    """Returns the official who was asked as the rules see them."""
    official = asking.official
    return Decider(
        official_id=official.id,
        user_id=official.user_id,
        email=official.email,
        active=official.active,
        newest_link_ends=asking.links_expire_at,
        oldest_link_ends=asking.oldest_link_ends,
        asked_at=asking.asked_at,
        way=way,
    )


def offer_of(request: RequestRow) -> choices.Offer:
    """Returns what an official may give along with the requested role."""
    return reference.offer(request.role_id, is_surveyor=bool(request.surveyor))


def lock_asked(session: Session, approval_id: UUID, official_id: UUID) -> tuple[ApprovalRow, AskingRow]:
    """Returns the approval, its request locked, and how the official was asked. Raises NotAskedError."""
    found = session.get(ApprovalRow, approval_id)
    request = queries.lock_request(session, found.request_id) if found else None
    approval = next((each for each in request.approvals if each.id == approval_id), None) if request else None
    asking = queries.asking_of(approval, official_id) if approval else None
    if approval is None or asking is None:
        raise NotAskedError
    return approval, asking


def _record(
    session: Session, approval: ApprovalRow, asking: AskingRow, state: State, choice: Choice, now: datetime
) -> None:
    approval.state, approval.state_since, approval.decided_at = state, now, now
    approval.decided_by, approval.decided_by_name = asking.official_id, asking.official.name
    approval.decided_for = asking.acts_for
    approval.reason = choice.reason if choice.verdict == Verdict.REJECTED else None
    approval.comment = choice.comment
    approval.disciplines, approval.extra_privileges = list(choice.disciplines), list(choice.extra_privileges)
    text = f"{approval.decider} {choice.verdict} the request."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)


def _audit(session: Session, approval: ApprovalRow, official: OfficialRow, way: Way, now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_DECIDED,
        ("approval", approval.id),
        now=now,
        before={"state": State.ASKED},
        after={
            "state": approval.state,
            "official": official.id,
            "way": _way_in_words(way),
            "reason": approval.reason,
            "disciplines": approval.disciplines,
            "extra_privileges": approval.extra_privileges,
            "ends_at": approval.ends_at,
            "request": approval.request_id,
        }
        | auditing.acted_for(approval),
        who=audit.user(way.signed_in_as) if way.signed_in_as else audit.official(official.id),
        on_behalf_of=auditing.on_behalf_of(approval, official),
        correlation_id=approval.request.correlation_id,
    )


def _way_in_words(way: Way) -> str:
    if way.link_ends is None:
        return "sign-in"
    link = "link" if way.digest_made_at is None else "digest link"
    return f"{link} and sign-in" if way.signed_in_as else link


def _tell(session: Session, approval: ApprovalRow, now: datetime) -> None:
    message = ApprovalDecided(request_id=approval.request_id, outcome=telling.outcome(approval), decided_at=now)
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)
    asked = queries.live_askings(approval)
    for asking in asked:
        asking.ended_at = now
    telling.close(session, approval, [asking.official for asking in asked], ClosedBecause.DECIDED, now)
