"""An official whose link has expired asks for a new one."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain import links
from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import LinkExpiredError, NotAskedError
from approval_svc.use_cases import telling
from approval_svc.use_cases.asking import request_decision
from approval_svc.use_cases.auditing import link_renewed
from approval_svc.use_cases.decide import decider_of
from approval_svc.use_cases.timing import link_lifetime
from shared import audit


def renew_link(
    session: Session, approval_id: UUID, official_id: UUID, way: Way, lifetime: timedelta, now: datetime
) -> bool:
    """Has a new link mailed to the official; returns False when one that still works has been mailed already.

    The mail goes to the official's own address, so that whoever holds an old link gains nothing by asking.

    Raises:
        RefusedError: the official may not decide this approval, whatever the link's age.
    """
    found = queries.find_approval(session, approval_id)
    request = queries.lock_request(session, found.request_id) if found else None
    asking = queries.asking_of(found, official_id) if found and request else None
    if found is None or asking is None:
        raise NotAskedError
    decider = decider_of(asking, way)
    refused = queries.as_domain(found).refusal(decider, now)
    if refused is not None and not isinstance(refused, LinkExpiredError):
        raise refused
    if refused is None or not links.is_over(asking.links_expire_at, now):
        return False
    ended, asking.oldest_link_ends = asking.links_expire_at, None
    asking.links_expire_at = links.end_of(now, link_lifetime(found, lifetime))
    link_renewed(session, asking, ended, now, who=audit.official(official_id))
    text = f"{asking.official.name} asked for a new link."
    telling.note(session, text, request_id=found.request_id, approval_id=found.id, now=now)
    request_decision(session, found, [asking.official], asking.links_expire_at, now, at_once=True)
    return True
