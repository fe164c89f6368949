"""Roles that end as what templates show: until when one is given, and taking an approval back."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from approval_svc.domain.approvals import Verdict
from approval_svc.domain.choices import Choice
from approval_svc.domain.ending import LONGEST_REASON
from approval_svc.domain.refusals import RefusedError, RoleEndedError, SignInRequiredError, TooLateToRevokeError
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.revoke_decision import as_decided
from approval_svc.use_cases.term import term_of
from shared.clock import format_instant


def confirmation(approval: ApprovalRow, choice: Choice, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Returns when the role would end, None for one without an end, for the confirmation of a decision."""
    approves = choice.verdict is Verdict.APPROVED
    ends_at = term_of(approval, now).ends_at(choice.until) if approves else None
    return {"ends_at": ends_at, "at": partial(format_instant, zone=zone)}


def revocation(approval: ApprovalRow, refused: RefusedError | None, page_url: str) -> dict[str, Any]:
    """Returns what the outcome page shows of taking the approval back; `refused` is why this official may not."""
    return {
        "revoke_url": f"{page_url}/revoke" if refused is None else None,
        "revoke_needs_sign_in": isinstance(refused, SignInRequiredError),
        "is_too_late": isinstance(refused, TooLateToRevokeError),
        "is_over": isinstance(refused, RoleEndedError),
        "revocable_until": as_decided(approval).until(),
        "longest_reason": LONGEST_REASON,
    }
