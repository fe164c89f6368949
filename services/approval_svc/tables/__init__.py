"""The rows of approval_svc: officials, requests, approvals, who was asked, and what happened."""

from approval_svc.tables.absences import AbsenceRow
from approval_svc.tables.activity import ActivityRow
from approval_svc.tables.approvals import ApprovalRow, AskingRow, HistoryRow, RequestRow
from approval_svc.tables.base import Base
from approval_svc.tables.deadlines import ClosingDayRow, DeadlineRow
from approval_svc.tables.digests import DigestEntryRow, DigestRow, OfficialPreferencesRow
from approval_svc.tables.officials import GrantRow, OfficialGrantRow, OfficialRow
from approval_svc.tables.questions import QuestionRow
from approval_svc.tables.reviews import ReviewItemRow, ReviewPlanRow, ReviewRow
from approval_svc.tables.roles import FewOfficialsToldRow, RoleEndRow
from approval_svc.tables.talking import CommentRow, HandoverRow, OpinionRow

__all__ = [
    "AbsenceRow",
    "ActivityRow",
    "ApprovalRow",
    "AskingRow",
    "Base",
    "ClosingDayRow",
    "CommentRow",
    "DeadlineRow",
    "DigestEntryRow",
    "DigestRow",
    "FewOfficialsToldRow",
    "GrantRow",
    "HandoverRow",
    "HistoryRow",
    "OfficialGrantRow",
    "OfficialPreferencesRow",
    "OfficialRow",
    "OpinionRow",
    "QuestionRow",
    "RequestRow",
    "ReviewItemRow",
    "ReviewPlanRow",
    "ReviewRow",
    "RoleEndRow",
]
