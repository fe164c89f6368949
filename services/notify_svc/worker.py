"""Which message leads to which use case, and what the relay looks after."""

from notify_svc.mail.postman import Postman
from notify_svc.settings import Settings
from notify_svc.use_cases.ask_officials import ask_officials
from notify_svc.use_cases.close_account import close_account
from notify_svc.use_cases.confirm_request import confirm_request
from notify_svc.use_cases.forget_old import forget_old
from notify_svc.use_cases.note_sign_in import note_sign_in
from notify_svc.use_cases.requeue_due import requeue_due
from notify_svc.use_cases.tell_absence import forget_absence, tell_absence
from notify_svc.use_cases.tell_account_locked import tell_account_locked
from notify_svc.use_cases.tell_approval_closed import tell_approval_closed
from notify_svc.use_cases.tell_digest import tell_digest
from notify_svc.use_cases.tell_expired import tell_expired
from notify_svc.use_cases.tell_inactivity import tell_inactive_ended, warn_inactive
from notify_svc.use_cases.tell_outcome import tell_outcome
from notify_svc.use_cases.tell_questions import (
    pass_on_answer,
    remind_of_question,
    settle_question,
    tell_lapsed,
    tell_question,
)
from notify_svc.use_cases.tell_review import ask_to_review, tell_review_closed
from notify_svc.use_cases.tell_roles import tell_ends_soon, tell_few, tell_given_back, tell_removed
from notify_svc.use_cases.tell_talking import tell_handed_over, tell_opinion_asked, tell_opinion_given
from notify_svc.use_cases.tell_waiting import pass_on_nudge, remind_officials, tell_escalated, tell_expiry_near
from shared.contracts import (
    AbsenceBegun,
    AbsenceEnded,
    AccountClosed,
    AccountLocked,
    AnswerAwaited,
    ApprovalClosed,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalHandedOver,
    ApprovalNudged,
    ApprovalRequested,
    DigestDue,
    ExpiryAnnounced,
    FewOfficials,
    InactiveRolesEnded,
    InactivityWarned,
    InformationAsked,
    InformationProvided,
    InformationReceived,
    NoticeQueued,
    OpinionAsked,
    OpinionGiven,
    QuestionLapsed,
    ReminderDue,
    RequestDecided,
    ReviewClosed,
    ReviewDue,
    RoleEndsSoon,
    RoleGivenBack,
    RoleRemoved,
    RoleRequested,
    SignedIn,
)
from shared.db import Database
from shared.messaging.inbox import Handler
from shared.messaging.relay import Sweep
from shared.messaging.worker import Effect

HANDLERS: dict[str, Handler] = {
    RoleRequested.type(): confirm_request,
    ApprovalRequested.type(): ask_officials,
    RequestDecided.type(): tell_outcome,
    ApprovalClosed.type(): tell_approval_closed,
    ReminderDue.type(): remind_officials,
    ApprovalNudged.type(): pass_on_nudge,
    ApprovalEscalated.type(): tell_escalated,
    ExpiryAnnounced.type(): tell_expiry_near,
    ApprovalExpired.type(): tell_expired,
    DigestDue.type(): tell_digest,
    InformationAsked.type(): tell_question,
    AnswerAwaited.type(): remind_of_question,
    InformationProvided.type(): settle_question,
    InformationReceived.type(): pass_on_answer,
    QuestionLapsed.type(): tell_lapsed,
    ApprovalHandedOver.type(): tell_handed_over,
    OpinionAsked.type(): tell_opinion_asked,
    OpinionGiven.type(): tell_opinion_given,
    AbsenceBegun.type(): tell_absence,
    AbsenceEnded.type(): forget_absence,
    InactivityWarned.type(): warn_inactive,
    InactiveRolesEnded.type(): tell_inactive_ended,
    SignedIn.type(): note_sign_in,
    ReviewDue.type(): ask_to_review,
    ReviewClosed.type(): tell_review_closed,
    RoleRemoved.type(): tell_removed,
    RoleEndsSoon.type(): tell_ends_soon,
    RoleGivenBack.type(): tell_given_back,
    FewOfficials.type(): tell_few,
    AccountLocked.type(): tell_account_locked,
    AccountClosed.type(): close_account,
}

SWEEPS: tuple[Sweep, ...] = (requeue_due, forget_old)


def make_effects(settings: Settings, database: Database) -> dict[str, Effect]:
    """Returns what happens outside of transactions: sending."""
    return {NoticeQueued.type(): Postman(settings, database)}
