"""The deadline policy and the calendar that hold for one approval."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries, reference
from approval_svc.assignment_queries import assignment_of
from approval_svc.calendars import calendar_for
from approval_svc.domain.assignment import Assignment
from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.deadline_plan import Planned, plan
from approval_svc.domain.routing import authorities
from approval_svc.reference import UnknownRoleError
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import telling
from shared.catalog.deadlines import Policy


@dataclass(frozen=True)
class Timing:
    """How time is counted for an approval: by which policy, and in which calendar."""

    policy: Policy
    calendar: BusinessCalendar

    def plan(self, approval: ApprovalRow, start: datetime) -> tuple[Planned, ...]:
        """Returns the deadlines of an approval whose clock began at `start`."""
        return plan(self.policy, self.calendar, start, approval.rested, levels=_levels(approval))

    def mail_at(self, now: datetime) -> datetime:
        """Returns when mail about the approval may go out: now, or when the mail hours begin next."""
        return self.calendar.within(Hours(*self.policy.mail_hours), now)

    def next_nudge(self, now: datetime) -> datetime:
        """Returns when the requester may have the officials reminded, if they were asked or reminded now."""
        return self.calendar.after(now, self.policy.nudge_every)

    def put_off(self, now: datetime) -> datetime:
        """Returns when an approval expires that is announced only now: as long after as the last notice is before."""
        days = min(self.policy.expiry_notices, default=0)
        return self.mail_at(self.calendar.after(self.mail_at(now), days))

    def days_until(self, end: datetime, now: datetime) -> int:
        """Returns how many business days are left, at least one."""
        return max(1, round(self.calendar.elapsed(now, end)))


def timing_of(session: Session, approval: ApprovalRow) -> Timing:
    """Returns by what the approval's time is counted."""
    policy = reference.deadline_policy(approval.request.role_id, approval.organization_kind)
    return Timing(policy, calendar_for(session, telling.organization(approval), policy))


def link_lifetime(approval: ApprovalRow, at_most: timedelta) -> timedelta:
    """Returns how long a link to the approval works: as the policy says, but no longer than the operator allows."""
    policy = reference.deadline_policy(approval.request.role_id, approval.organization_kind)
    return min(timedelta(days=policy.link_lifetime), at_most)


def assignment_if_known(session: Session, approval: ApprovalRow) -> Assignment | None:
    """Returns who is asked at each place of the chain, or None when the catalog has lost the role."""
    try:
        return assignment_of(session, approval)
    except UnknownRoleError:
        return None


def _levels(approval: ApprovalRow) -> int | None:
    """Returns how many escalations there can be: to each authority above the first, and to operations."""
    request = approval.request
    if not reference.is_known(request.role_id, request.survey_for):
        return None
    chain = reference.chain_for(request.role_id, request.survey_for)
    return len(authorities(chain, queries.organization_of(approval)))
