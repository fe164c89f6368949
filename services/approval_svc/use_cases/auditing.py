"""What the audit keeps of officials and of who is asked: the part that several use cases share."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import State
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow
from shared import audit
from shared.audit import Action
from shared.logs import mask

Values = dict[str, Any]


def details(official: OfficialRow) -> Values:
    """Returns what can change of an official; give it to `official_changed` after the change."""
    return {
        "name": official.name,
        "email": official.email,
        "phone": official.phone,
        "time_zone": official.time_zone,
        "active": official.active,
        "reachable": official.reachable,
    }


def official_added(session: Session, official: OfficialRow, now: datetime) -> None:
    """Records that somebody became an official."""
    whose = {"user": official.user_id, "authority": str(official.authority), "source": official.source}
    _record(session, Action.OFFICIAL_ADDED, official, now, None, whose | _masked(details(official)))


def official_changed(session: Session, official: OfficialRow, before: Values, now: datetime) -> None:
    """Records what became different of an official, if anything did. Addresses are masked after they are compared."""
    was, now_is = audit.differing(before, details(official))
    if now_is:
        _record(session, Action.OFFICIAL_CHANGED, official, now, _masked(was), _masked(now_is))


def official_removed(session: Session, official: OfficialRow, now: datetime) -> None:
    """Records that somebody is no official of this authority any more."""
    whose = {"user": official.user_id, "authority": str(official.authority)}
    _record(session, Action.OFFICIAL_REMOVED, official, now, {"active": True}, {"active": False} | whose)


def standing(approval: ApprovalRow) -> Values:
    """Returns where an approval stands and who may decide it."""
    authority = f"{approval.authority_kind}:{approval.authority_id}" if approval.authority_kind else None
    live = queries.live_askings(approval)
    acting = {str(asking.official_id): _ids(asking.acts_for) for asking in live if asking.acts_for}
    asked = {asking.official_id for asking in live}
    return {"state": approval.state, "authority": authority, "asked": asked} | ({"acting": acting} if acting else {})


def acted_for(approval: ApprovalRow) -> Values:
    """Returns the absent officials in whose place a decision was made; nothing when it was made for nobody else."""
    return {"acted_for": _ids(approval.decided_for)} if approval.decided_for else {}


def on_behalf_of(approval: ApprovalRow, official: OfficialRow) -> str:
    """Returns for whom the official decided: the first of the absent in whose place, or their authority."""
    if approval.decided_for:
        return audit.official(UUID(approval.decided_for[0]["official"]))
    return f"authority:{official.authority_kind}:{official.authority_id}"


def asked_for(asking: AskingRow) -> str:
    """Returns for whom somebody acts with what they were asked: the first of the absent, or their authority."""
    if asking.acts_for:
        return audit.official(UUID(asking.acts_for[0]["official"]))
    return f"authority:{asking.official.authority_kind}:{asking.official.authority_id}"


def also_acted_for(asking: AskingRow) -> Values:
    """Returns the absent officials in whose place something was done; nothing when it was done for nobody else."""
    return {"acted_for": _ids(asking.acts_for)} if asking.acts_for else {}


def _ids(absent: Iterable[Mapping[str, str]]) -> list[str]:
    return [each["official"] for each in absent]


def approval_routed(session: Session, approval: ApprovalRow, before: Values | None, now: datetime) -> None:
    """Records before whom an approval came; `before` is how it stood, None when it is new."""
    after = standing(approval)
    if approval.state is State.UNROUTABLE:
        action = Action.APPROVAL_UNROUTABLE
    elif before is None or before["state"] is State.UNROUTABLE:
        action = Action.APPROVAL_ASKED
    else:
        action = Action.APPROVAL_MOVED
    was, now_is = audit.differing(before, after) if before else (None, after)
    audit.record(
        session,
        action,
        ("approval", approval.id),
        now=now,
        before=was,
        after={"request": approval.request_id} | now_is,
        correlation_id=approval.request.correlation_id,
    )


def link_renewed(session: Session, asking: AskingRow, ended: datetime, now: datetime, who: str | None = None) -> None:
    """Records that an official is mailed a new link in place of one that was good until `ended`."""
    approval = asking.approval
    audit.record(
        session,
        Action.APPROVAL_LINK_RENEWED,
        ("approval", approval.id),
        now=now,
        before={"links_expire_at": ended},
        after={
            "links_expire_at": asking.links_expire_at,
            "official": asking.official_id,
            "request": approval.request_id,
        },
        who=who,
        correlation_id=approval.request.correlation_id,
    )


def _record(
    session: Session, action: Action, official: OfficialRow, now: datetime, before: Values | None, after: Values
) -> None:
    audit.record(session, action, ("official", official.id), now=now, before=before, after=after)


def _masked(values: Values) -> Values:
    """Returns the values without whole addresses and numbers, of which the audit, kept for good, needs none."""
    return {name: _HIDDEN[name](value) if value and name in _HIDDEN else value for name, value in values.items()}


def _last_two(phone: str) -> str:
    return f"…{phone[-2:]}"


_HIDDEN: dict[str, Callable[[str], str]] = {"email": mask, "phone": _last_two}
