"""Every email: a folder with subject.txt, body.txt, body.html and a function that returns its context."""

from notify_svc.emails import (
    account_locked,
    already_handled,
    approved,
    decided_in_part,
    decision_recorded,
    decision_wanted,
    escalated,
    escalated_first,
    expired,
    expiry_notice,
    expiry_notice_requester,
    handed_over,
    nobody_decided,
    nudge,
    opinion_asked,
    opinion_given,
    rejected,
    reminder,
    request_received,
    withdrawn,
)
from notify_svc.emails.email import Email

EMAILS: dict[str, Email] = {
    module.EMAIL.name: module.EMAIL
    for module in (
        request_received,
        decision_wanted,
        reminder,
        nudge,
        escalated,
        escalated_first,
        expiry_notice,
        expiry_notice_requester,
        handed_over,
        opinion_asked,
        opinion_given,
        approved,
        rejected,
        decided_in_part,
        nobody_decided,
        expired,
        withdrawn,
        already_handled,
        decision_recorded,
        account_locked,
    )
}
"""By name, in the order in which a request meets them."""
