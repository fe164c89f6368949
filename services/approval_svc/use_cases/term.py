"""For how long a role may be given."""

from datetime import datetime
from zoneinfo import ZoneInfo

from approval_svc import reference
from approval_svc.calendars import NATIONAL_ZONE
from approval_svc.domain.terms import Term
from approval_svc.tables import ApprovalRow


def term_of(approval: ApprovalRow, now: datetime) -> Term:
    """Returns for how long the role may be given, by the organization's clock and the policy of the role."""
    kind, identifier = approval.organization_kind, approval.organization_id
    listed = reference.place_of(kind, identifier)[1] if kind and identifier else None
    zone = ZoneInfo(approval.organization_time_zone or listed or NATIONAL_ZONE)
    policy = reference.deadline_policy(approval.request.role_id, kind)
    return Term(today=now.astimezone(zone).date(), zone=zone, days=policy.role_duration.days)
