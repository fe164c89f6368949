"""What can be done that the audit tells of, in all services."""

from enum import StrEnum


class Action(StrEnum):
    """A change of state. The words stay as they are for good: old entries hold them, and their hashes cover them."""

    REQUEST_SUBMITTED = "request.submitted"
    REQUEST_RECEIVED = "request.received"
    REQUEST_WITHDRAWAL_ASKED = "request.withdrawal_asked"
    REQUEST_ROUTED = "request.routed"
    REQUEST_UNROUTABLE = "request.unroutable"
    REQUEST_DECIDED = "request.decided"
    REQUEST_WITHDRAWN = "request.withdrawn"
    REQUEST_EXPIRED = "request.expired"
    REQUEST_NUDGE_ASKED = "request.nudge_asked"
    REQUEST_CLOSED = "request.closed"
    REQUEST_QUESTION_ASKED = "request.question_asked"
    REQUEST_QUESTION_ANSWERED = "request.question_answered"

    APPROVAL_ASKED = "approval.asked"
    APPROVAL_MOVED = "approval.moved"
    APPROVAL_UNROUTABLE = "approval.unroutable"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    APPROVAL_LINK_RENEWED = "approval.link_renewed"
    APPROVAL_DEADLINES_MOVED = "approval.deadlines_moved"
    APPROVAL_REMINDED = "approval.reminded"
    APPROVAL_NUDGED = "approval.nudged"
    APPROVAL_ESCALATED = "approval.escalated"
    APPROVAL_STUCK = "approval.stuck"
    APPROVAL_EXPIRY_ANNOUNCED = "approval.expiry_announced"
    APPROVAL_EXPIRED = "approval.expired"
    APPROVAL_CLOCK_RESTED = "approval.clock_rested"
    APPROVAL_CLOCK_RESUMED = "approval.clock_resumed"
    APPROVAL_HANDED_OVER = "approval.handed_over"
    APPROVAL_OPINION_ASKED = "approval.opinion_asked"
    APPROVAL_OPINION_GIVEN = "approval.opinion_given"
    APPROVAL_COMMENTED = "approval.commented"
    APPROVAL_QUESTION_ASKED = "approval.question_asked"
    APPROVAL_QUESTION_REMINDED = "approval.question_reminded"
    APPROVAL_QUESTION_ANSWERED = "approval.question_answered"
    APPROVAL_QUESTION_LAPSED = "approval.question_lapsed"
    APPROVAL_QUESTION_CLOSED = "approval.question_closed"

    OFFICIAL_ADDED = "official.added"
    OFFICIAL_CHANGED = "official.changed"
    OFFICIAL_REMOVED = "official.removed"
    OFFICIAL_UNREACHABLE = "official.unreachable"
    OFFICIAL_MAILS_CHOSEN = "official.mails_chosen"
    DIGEST_MADE = "digest.made"

    GRANT_GIVEN = "grant.given"
    GRANT_REMOVED = "grant.removed"
    GRANT_DISCIPLINES_CHANGED = "grant.disciplines_changed"

    ORGANIZATIONS_IMPORTED = "organizations.imported"
    CLOSING_DAYS_CHANGED = "closing_days.changed"

    NOTICE_FAILED = "notice.failed"
    NOTICE_SENT_AGAIN = "notice.sent_again"

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_PASSWORD_SET = "account.password_set"  # noqa: S105  # names an action, holds no password
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"
    ACCOUNT_MAIL_FAILED = "account.mail_failed"
    KEY_ROTATED = "key.rotated"

    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    SIGN_IN_CODE_REPLAYED = "sign_in.code_replayed"
    SIGN_IN_OFFICIAL = "sign_in.official"

    DEAD_LETTER_REPAIRED = "dead_letter.repaired"
    DEAD_LETTER_REPLAYED = "dead_letter.replayed"
    DEAD_LETTER_CLOSED = "dead_letter.closed"
