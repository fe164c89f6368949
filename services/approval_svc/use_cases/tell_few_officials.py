"""Once a quarter the officials of an organization that has too few of them are told so."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from approval_svc import few_queries, organization_queries, queries, reference
from approval_svc.calendars import calendar_for
from approval_svc.domain.business_time import Hours
from approval_svc.domain.few import RECOMMENDED_OFFICIALS, quarter_of
from approval_svc.domain.routing import AuthorityId, OrganizationId
from approval_svc.tables import OfficialRow
from approval_svc.use_cases import telling
from shared import audit
from shared.audit import Action
from shared.contracts import Authority, FewOfficials, Organization
from shared.ids import new_id
from shared.messaging.outbox import publish

BATCH = 100
TRIED_AGAIN_AFTER = timedelta(minutes=15)

log = structlog.get_logger(__name__)


def tell_few_officials(session: Session, now: datetime) -> int:
    """Tells those who were not told this quarter, of a hundred organizations at most; returns of how many it saw to.

    One organization that cannot be handled does not hold up the others; it is put aside and tried again later.
    """
    quarter = quarter_of(now)
    waiting = few_queries.not_told_yet(session, quarter, now, BATCH)
    for authority in waiting:
        _tell_or_put_aside(session, authority, quarter, now)
    return len(waiting)


def _tell_or_put_aside(session: Session, authority: AuthorityId, quarter: str, now: datetime) -> None:
    try:
        with session.begin_nested():
            if few_queries.mark_told(session, authority, quarter, now):
                _tell(session, authority, quarter, now)
    except Exception:
        log.exception("the officials of an organization could not be told that they are few", authority=str(authority))
        few_queries.put_aside(session, authority, quarter, now + TRIED_AGAIN_AFTER)


def _tell(session: Session, authority: AuthorityId, quarter: str, now: datetime) -> None:
    name = organization_queries.organization_name(session, OrganizationId(kind=authority.kind, id=authority.id))
    officials = [row for row in queries.officials_of(session, [authority]) if row.active and row.reachable]
    organization = _organization(authority, name, officials)
    after = {"officials": [row.id for row in officials], "quarter": quarter}
    audit.record(session, Action.OFFICIALS_FEW, ("authority", str(authority)), now=now, after=after)
    policy = reference.organization_policy(authority.kind)
    message = FewOfficials(
        authority=Authority(
            kind=authority.kind, id=authority.id, name=reference.authority_name(authority.kind, organization.name)
        ),
        organization=organization,
        officials=tuple(telling.official(row) for row in officials),
        recommended=RECOMMENDED_OFFICIALS,
        quarter=quarter,
        told_at=now,
        not_before=calendar_for(session, organization, policy).within(Hours(*policy.mail_hours), now),
    )
    publish(session, message, correlation_id=new_id(), now=now)


def _organization(authority: AuthorityId, name: str | None, officials: list[OfficialRow]) -> Organization:
    return Organization(
        kind=authority.kind,
        id=authority.id,
        name=name or reference.organization_name(authority.kind, authority.id),
        time_zone=next((row.time_zone for row in officials if row.time_zone), None),
    )
