"""A role was granted: it is kept, and one that makes its holder a Security Official changes the directory."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries, reference
from approval_svc.domain.routing import NATIONAL, AuthorityId
from approval_svc.tables import OfficialGrantRow, OfficialRow
from approval_svc.use_cases import role_ends
from approval_svc.use_cases.asking import Asked, ask_again
from approval_svc.use_cases.auditing import details, official_added, official_changed
from approval_svc.use_cases.holding import keep_grant
from approval_svc.use_cases.reroute import reroute
from approval_svc.use_cases.tell_asked import tell_asked
from shared.contracts import Organization, RoleGranted
from shared.ids import new_id


def follow_grant(session: Session, message: RoleGranted, lifetime: timedelta, now: datetime) -> None:
    """Keeps the grant; adds an official to the directory, or brings them back, and routes again what waits for them.

    An official who is asked already and has another address now is asked there too. A grant of any other role leaves
    the directory alone; so does one that has ended already.
    """
    keep_grant(session, message, now)
    role_ends.begin(session, message, now)
    authority = authority_of(message.role_id, message.organization)
    if authority is None:
        return
    queries.lock_directory(session)
    if session.get(OfficialGrantRow, message.grant_id) is not None:
        return
    known = queries.find_official(session, authority, message.holder.user_id)
    has_moved = known is not None and known.email != message.holder.email
    official = _bring_in(session, authority, message, now)
    session.flush()
    session.add(OfficialGrantRow(grant_id=message.grant_id, official_id=official.id, ended_at=None))
    newly_asked: list[Asked] = []
    reroute(session, authority, lifetime, now, later=newly_asked)
    if has_moved:
        ask_again(session, official, lifetime, now, later=newly_asked)
    tell_asked(session, newly_asked, lifetime, now, at_once=True)


def authority_of(role_id: str, organization: Organization | None) -> AuthorityId | None:
    """Returns the authority that a holder of the role stands for, or None when it is no official's role."""
    kind = reference.official_of(role_id)
    if kind is None:
        return None
    if kind in NATIONAL:
        return AuthorityId(kind=kind, id=kind)
    return AuthorityId(kind=kind, id=organization.id) if organization else None


def _bring_in(session: Session, authority: AuthorityId, message: RoleGranted, now: datetime) -> OfficialRow:
    holder = message.holder
    official = queries.find_official(session, authority, holder.user_id)
    before = details(official) if official else None
    if official is None:
        official = OfficialRow(
            id=new_id(),
            authority_kind=authority.kind,
            authority_id=authority.id,
            user_id=holder.user_id,
            time_zone=message.organization.time_zone if message.organization else None,
            source="grant",
            added_at=now,
            reachable=False,  # until its address is taken, below
        )
        session.add(official)
    official.name, official.phone = holder.name, holder.phone
    official.active, official.removed_at = True, None
    official.take_address(holder.email, now)
    if before is None:
        official_added(session, official, now)
    else:
        official_changed(session, official, before, now)
    return official
