"""An official takes an approval back within a day: the role that it gave ends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import grant_queries, queries
from approval_svc.domain import links
from approval_svc.domain.approvals import Way
from approval_svc.domain.ending import Decided, Ender, check_reason
from approval_svc.domain.refusals import (
    LinkExpiredError,
    NotAskedError,
    RefusedError,
    SignInRequiredError,
    SomebodyElseError,
)
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ApprovalRow, AskingRow, GrantRow
from approval_svc.use_cases import auditing, telling
from approval_svc.use_cases.decide import needs_sign_in
from approval_svc.use_cases.ordering_ends import Order, message_of
from shared import audit
from shared.audit import Action
from shared.contracts import EndedBecause
from shared.messaging.outbox import publish


def revoke_decision(
    session: Session,
    approval_id: UUID,
    official_id: UUID,
    reason: str | None,
    way: Way,
    *,
    always_sign_in: bool,
    now: datetime,
) -> None:
    """Takes the approval back for the official and orders the end of the role.

    Raises:
        RefusedError: one of its named kinds; nothing was changed.
    """
    approval, asking = _lock(session, approval_id, official_id)
    grant = grant_queries.lock_grant_of(session, approval)
    if refused := refusal(approval, asking, grant, way, always_sign_in=always_sign_in, now=now):
        raise refused
    given = check_reason(reason)
    official = asking.official
    approval.revoked_at, approval.revoked_because = now, given
    approval.revoked_by, approval.revoked_by_name = official.id, telling.acting_name(asking)
    text = f"{approval.revoked_by_name} revoked the approval."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    order = Order(
        because=EndedBecause.REVOKED,
        reason=given,
        by_name=approval.revoked_by_name,
        by_official=official,
        on_behalf_of=approval.authority_name,
    )
    _order(session, approval, grant, order, now)
    _audit(session, approval, asking, way, now)


def refusal(
    approval: ApprovalRow, asking: AskingRow, grant: GrantRow | None, way: Way, *, always_sign_in: bool, now: datetime
) -> RefusedError | None:
    """Returns why the official may not take the approval back now, or None; `grant` is the role, where it is known."""
    official = asking.official
    if way.signed_in_as is not None and way.signed_in_as != official.user_id:
        return SomebodyElseError()
    ender = Ender(user_id=official.user_id, email=official.email, authorities=[official.authority])
    found = as_decided(approval, grant).refusal(ender, active=official.active, now=now)
    return found or _by_way(approval, asking, way, always_sign_in=always_sign_in, now=now)


def as_decided(approval: ApprovalRow, grant: GrantRow | None = None) -> Decided:
    """Returns the approval as the rules of undoing see it, with the role that it gave, where that is known."""
    # A substitute may be of the next authority: then both have a say.
    found = {each.official.authority for each in approval.askings if each.official_id == approval.decided_by}
    if approval.authority_kind and approval.authority_id:
        found.add(AuthorityId(kind=approval.authority_kind, id=approval.authority_id))
    return Decided(
        state=approval.state,
        requester=queries.requester_of(approval.request),
        authorities=found,
        decided_at=approval.decided_at,
        revoked_at=approval.revoked_at,
        is_over=grant is not None and (grant.removed_at or grant.end_ordered_at) is not None,
    )


def _by_way(
    approval: ApprovalRow, asking: AskingRow, way: Way, *, always_sign_in: bool, now: datetime
) -> RefusedError | None:
    ends, newest = way.link_ends, asking.links_expire_at
    if ends is not None and not links.works(ends, newest, now, asking.oldest_link_ends):
        return LinkExpiredError()
    needed = needs_sign_in(approval.request, always=always_sign_in)
    return SignInRequiredError() if needed and way.signed_in_as is None else None


def _lock(session: Session, approval_id: UUID, official_id: UUID) -> tuple[ApprovalRow, AskingRow]:
    # The directory first: who is taken out of it at this moment revokes nothing any more.
    queries.hold_directory(session)
    found = session.get(ApprovalRow, approval_id)
    request = queries.lock_request(session, found.request_id) if found else None
    approval = next((each for each in request.approvals if each.id == approval_id), None) if request else None
    asking = queries.asking_of(approval, official_id) if approval else None
    if approval is None or asking is None:
        raise NotAskedError
    return approval, asking


def _order(session: Session, approval: ApprovalRow, grant: GrantRow | None, order: Order, now: datetime) -> None:
    if grant is not None:
        grant.end_ordered_at = now
    user_id = approval.request.requester_user_id
    message = message_of(order, approval_id=approval.id, holder_user_id=user_id, now=now)
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)


def _audit(session: Session, approval: ApprovalRow, asking: AskingRow, way: Way, now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_REVOKED,
        ("approval", approval.id),
        now=now,
        before={"revoked_at": None},
        after={
            "revoked_at": now,
            "official": asking.official_id,
            "reason": approval.revoked_because,
            "request": approval.request_id,
        }
        | auditing.also_acted_for(asking),
        who=audit.user(way.signed_in_as) if way.signed_in_as else audit.official(asking.official_id),
        on_behalf_of=auditing.asked_for(asking),
        correlation_id=approval.request.correlation_id,
    )
