"""A small world whose books are in order: one request of Alabama, two officials, one approval."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

from deploy.faults import mails
from deploy.faults.books import Evidence
from deploy.faults.people import Authority, People, Person, Seat
from deploy.faults.records import Attempt, Record, Seen
from deploy.faults.script import Ask, Course, Part, Withdrawal
from deploy.faults.smtp import Outcome, Received
from deploy.faults.snapshot import (
    ApprovalRow,
    AskingRow,
    EventRow,
    GrantRow,
    MessageRow,
    NoticeRow,
    PartRow,
    RequestRow,
    Snapshot,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
ALABAMA = Authority("state", "AL")
MARIA = Person("maria.lopez", "Maria Lopez", "maria.lopez@state-agency.example", "America/Chicago")
JOHN = Person("john.smith", "John Smith", "john.smith@officials.example", "America/Chicago")
ANN = Person("ann.brown", "Ann Brown", "ann.brown@officials.example", "America/Chicago")
PEOPLE = People({"state-agency": (MARIA,)}, (Seat(ALABAMA, JOHN), Seat(ALABAMA, ANN)), ())
REQUEST, APPROVAL, CORRELATION, DRAFT, PART_ID, GRANT = (uuid4() for _ in range(6))
PART = Part(ALABAMA, "Alabama", Course.ONE, (True, True), (0, 1), 1.0, 7)
ASK = Ask(1, 0.0, MARIA, "state-agency", "mds", "MDS", None, (("state", "AL"),), (PART,), Withdrawal.NEVER)
TOLD = {
    "request_received": (MARIA, REQUEST, None),
    "approved": (MARIA, REQUEST, None),
    "decision_wanted": (JOHN, REQUEST, APPROVAL),
    "decision_recorded": (JOHN, REQUEST, APPROVAL),
}


SAID = {
    "question": "John Smith has a question, answer by 12/07/2026: ",
    "answer": "Maria Lopez answered, decide by 12/07/2026: ",
    "handed_over": "John Smith handed a request over to you, decide by 12/07/2026: ",
    "absence_begun": "John Smith acts for you until 12/24/2026 23:59 CST ",
    "digest": "Decision wanted: 2 requests wait for your decision, ",
}


def notice(template: str, person: Person, approval: UUID | None = APPROVAL, **changes: Any) -> NoticeRow:
    known = NoticeRow(
        id=uuid4(),
        request_id=REQUEST,
        approval_id=approval,
        correlation_id=CORRELATION,
        template=template,
        recipient_id=person.user_id,
        recipient_address=person.email,
        state="sent",
        reason=None,
        mail_id=f"<{template}.{person.user_id}@hcqis.example>",
        unknown=0,
    )
    return replace(known, **changes)


NOTICES = (
    notice("request_received", MARIA, None),
    notice("approved", MARIA, None),
    notice("decision_wanted", JOHN),
    notice("decision_wanted", ANN),
    notice("decision_recorded", JOHN),
    notice("already_handled", ANN),
)


def mail(of: NoticeRow, outcome: Outcome = "accepted") -> mails.Mail:
    message = EmailMessage()
    message["Subject"] = f"{mails.SUBJECTS.get(of.template) or SAID[of.template]}something"
    message["X-Countersign-Correlation"] = str(of.correlation_id)
    message.set_content("Hello")
    received = Received(0.0, str(of.mail_id), of.recipient_address, message.as_bytes(), outcome)
    return next(mails.read([received]))


def in_order() -> Evidence:
    """Maria asked, John approved, Ann was told."""
    approval = {"approval_id": str(APPROVAL), "decision": "approved"}
    asked = {
        "approval_id": str(APPROVAL),
        "officials": [{"official_id": one.user_id, "email": one.email} for one in (JOHN, ANN)],
        "newly_asked": [JOHN.user_id, ANN.user_id],
    }
    snapshot = Snapshot(
        requests=[RequestRow(REQUEST, DRAFT, CORRELATION, "decided", MARIA.user_id, MARIA.email, "mds", "MDS", None)],
        parts=[PartRow(PART_ID, REQUEST, "state:AL", "Alabama", "approved", APPROVAL)],
        events=[EventRow(REQUEST, "submitted", None), EventRow(REQUEST, "approved", "Alabama")],
        repeated=[],
        grants=[GrantRow(GRANT, PART_ID, REQUEST, MARIA.user_id, None)],
        approval_requests=[REQUEST],
        approvals=[ApprovalRow(APPROVAL, REQUEST, "Alabama", "approved", LATER, JOHN.user_id, "state", "AL")],
        askings=[
            AskingRow(APPROVAL, one.user_id, one.email, reachable=True, asked_at=NOON, ended_at=LATER)
            for one in (JOHN, ANN)
        ],
        decisions=[MessageRow(uuid4(), "ApprovalDecided", CORRELATION, {"outcome": approval})],
        asked=[MessageRow(uuid4(), "ApprovalRequested", CORRELATION, asked)],
        audited_decisions=[str(APPROVAL)],
        audited_grants=[str(GRANT)],
        granted_in_approval=[GRANT],
        notices=NOTICES,
        dead=[],
        questions=[],
        told=[],
        unreachable=[],
    )
    attempt = Attempt(PART, JOHN.user_id, approves=True, at=0.0, heading="You approved this request")
    record = Record(ASK, str(DRAFT), Seen.ACCEPTED, attempts=[attempt])
    return Evidence([record], [mail(each) for each in NOTICES], PEOPLE, snapshot, zero=LATER + timedelta(hours=1))


def with_rows(evidence: Evidence, **rows: Any) -> Evidence:
    """Returns the evidence with other rows in the services' books."""
    return replace(evidence, snapshot=replace(evidence.snapshot, **rows))
