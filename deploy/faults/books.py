"""The books: what people saw, what the services keep and what the mail server received must tell one story.

Pure: everything comes in as values. The rules are those of the services' READMEs, said once more from outside.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from deploy.faults.absencebooks import check_absences
from deploy.faults.askedbooks import check_officials, made_officials
from deploy.faults.findings import Fault, Findings
from deploy.faults.injectors import Injected
from deploy.faults.mailbooks import CLOSED, Happened, check_mails
from deploy.faults.mails import Mail
from deploy.faults.people import People
from deploy.faults.records import Attempt, DeedKind, Leave, Record, Seen
from deploy.faults.script import Course, Part
from deploy.faults.snapshot import ApprovalRow, PartRow, RequestRow, Snapshot

_Row = TypeVar("_Row", ApprovalRow, PartRow)

OPEN = frozenset({"asked", "unroutable"})
DECIDED = frozenset({"approved", "rejected"})
SENT = (Seen.ACCEPTED, Seen.UNSURE, Seen.UNEXPECTED)


@dataclass(frozen=True)
class Evidence:
    """All that is compared. `zero` is the time at which `time.monotonic()`, the clock of mails and faults, was 0."""

    records: Sequence[Record]
    mails: Sequence[Mail]
    people: People
    snapshot: Snapshot
    injected: Sequence[Injected] = ()
    zero: datetime = datetime.fromtimestamp(0, UTC)
    leaves: Sequence[Leave] = ()

    @property
    def happened(self) -> Happened:
        """The faults, with their clock."""
        return Happened(self.injected, self.zero)


def check(evidence: Evidence) -> Findings:
    """Returns every difference."""
    findings, refused_at = Findings(), evidence.happened.refused_at(evidence.mails)
    _check_requests(evidence, findings)
    _check_states(evidence.snapshot, findings)
    _check_decisions(evidence, findings)
    _check_ends(evidence, findings)
    _check_talk(evidence, findings)
    check_absences(evidence.snapshot, evidence.leaves, evidence.people, findings)
    _check_effects(evidence.snapshot, findings)
    check_officials(evidence.snapshot, evidence.records, evidence.people, refused_at, findings)
    _check_grants(evidence.snapshot, findings)
    check_mails(evidence.snapshot, evidence.mails, evidence.happened, findings)
    _check_dead_letters(evidence, findings)
    return findings


def _check_requests(evidence: Evidence, findings: Findings) -> None:
    """What was accepted is there, and nothing is there that nobody sent."""
    kept = {str(row.draft_id): row for row in evidence.snapshot.requests}
    sent = {record.draft_id for record in evidence.records if record.submitted in SENT}
    for record in evidence.records:
        if record.submitted is Seen.ACCEPTED and record.draft_id not in kept:
            findings.add(Fault.LOST, f"request {record.ask.number} was accepted, and is nowhere")
        if record.submitted is Seen.REFUSED:
            findings.add(Fault.REFUSED, f"request {record.ask.number}: {'; '.join(record.notes)}")
        if record.submitted in (Seen.NOTHING, Seen.UNEXPECTED):
            text = f"request {record.ask.number}: {record.submitted.value}; {'; '.join(record.notes)}"
            findings.add(Fault.NOT_ACCEPTED, text)
    for draft_id, row in kept.items():
        if draft_id not in sent:
            findings.add(Fault.STRANGER, f"{row.user_id} never sent {row.role_name}", row.id)


def _check_states(snapshot: Snapshot, findings: Findings) -> None:
    """Each request is in one state, and both services say the same of each decision."""
    parts, approvals = _by_request(snapshot.parts), _by_request(snapshot.approvals)
    known = set(snapshot.approval_requests)
    for request in snapshot.requests:
        if request.id not in known:
            findings.add(Fault.LOST, "approval_svc never heard of the request", request.id)
            continue
        said = {(part.organization, part.state) for part in parts[request.id]}
        decided = {(each.organization, _as_part(each)) for each in approvals[request.id]}
        if said != decided or len(parts[request.id]) != len(approvals[request.id]):
            findings.add(Fault.STATES_DIFFER, f"request_svc says {said}, approval_svc {decided}", request.id)
        _check_state(request, [part.state for part in parts[request.id]], findings)
    for stranger in known - {request.id for request in snapshot.requests}:
        findings.add(Fault.STRANGER, "approval_svc has a request that request_svc has not", stranger)


def _check_state(request: RequestRow, parts: Sequence[str], findings: Findings) -> None:
    expected = "pending" if "pending" in parts else "withdrawn" if "withdrawn" in parts else "decided"
    if request.state != expected:
        findings.add(Fault.STATES_DIFFER, f"the request is {request.state}, its parts are {parts}", request.id)
    if request.withdrawal_asked_at and request.state == "pending":
        findings.add(Fault.LOST, "the withdrawal was accepted, and nothing came of it", request.id)


def _as_part(approval: ApprovalRow) -> str:
    return "pending" if approval.state in OPEN else approval.state


def _check_decisions(evidence: Evidence, findings: Findings) -> None:
    """Each decision was taken once, is told once, and is the one that its official saw."""
    snapshot = evidence.snapshot
    told = Counter(str(message.data["outcome"]["approval_id"]) for message in snapshot.decisions)
    audited = Counter(snapshot.audited_decisions)
    events = Counter((event.request_id, event.organization) for event in snapshot.events if event.kind in DECIDED)
    for approval in snapshot.approvals:
        wanted = int(approval.state in DECIDED)
        found = {
            "messages": told[str(approval.id)],
            "entries of the audit": audited[str(approval.id)],
            "lines of the timeline": events[approval.request_id, approval.organization],
        }
        for what, count in found.items():
            if count > 1:
                findings.add(Fault.DECIDED_TWICE, f"{count} {what} tell of one decision", approval.request_id)
            elif count != wanted:
                text = f"{approval.state} at {approval.organization}, and {count} {what} tell of a decision"
                findings.add(Fault.DECISION_DIFFERS, text, approval.request_id)
    rows = {str(row.draft_id): row.id for row in snapshot.requests}
    approvals = {(each.request_id, each.organization): each for each in snapshot.approvals}
    for record in evidence.records:
        if request_id := rows.get(str(record.draft_id)):
            _check_attempts(record, request_id, approvals, findings)


def _check_attempts(
    record: Record, request_id: UUID, approvals: dict[tuple[UUID, str | None], ApprovalRow], findings: Findings
) -> None:
    theirs = [attempt for attempt in record.attempts if attempt.is_theirs]
    for organization, count in Counter(attempt.part.organization for attempt in theirs).items():
        if count > 1:
            text = f"{count} officials were told that the decision for {organization} is theirs"
            findings.add(Fault.DECIDED_TWICE, text, request_id)
    for attempt in theirs:
        approval = approvals.get((request_id, attempt.part.organization))
        if approval is None or not _agrees(attempt, approval):
            findings.add(Fault.DECISION_DIFFERS, f"{attempt.user_id} saw: {attempt.heading}", request_id)


def _agrees(attempt: Attempt, approval: ApprovalRow) -> bool:
    verdict = "approved" if attempt.approves else "rejected"
    return approval.decided_by == attempt.user_id and approval.state == verdict and verdict in attempt.heading


def _check_ends(evidence: Evidence, findings: Findings) -> None:
    """What was accepted has come to its end, save where nobody was to decide, and each official saw an outcome."""
    rows = {str(row.draft_id): row for row in evidence.snapshot.requests}
    approvals = {(each.request_id, each.organization): each for each in evidence.snapshot.approvals}
    pending = {part.request_id for part in evidence.snapshot.parts if part.state == "pending"}
    theirs = _before_newcomers(evidence.snapshot)
    unread = _unread(evidence.snapshot)
    for record in evidence.records:
        if record.submitted is not Seen.ACCEPTED or (row := rows.get(str(record.draft_id))) is None:
            continue
        if record.withdrawn is Seen.ACCEPTED and (row.withdrawal_asked_at is None or row.id in pending):
            findings.add(Fault.LOST, "the withdrawal was accepted, and is not in the books or did not end", row.id)
        for part in record.ask.parts:
            approval = approvals.get((row.id, part.organization))
            if approval and approval.id not in unread | theirs and not _has_ended(record, part, approval):
                text = f"{part.organization}: {part.course.value}, and it is {approval.state}"
                findings.add(Fault.UNDECIDED, text, row.id)
        seen = {attempt.part for attempt in record.attempts if attempt.saw_outcome}
        for attempt in record.attempts:
            if not attempt.is_settled and not (attempt.had_no_answer and attempt.part in seen):
                text = f"{attempt.user_id} tried for {attempt.part.organization} and saw {attempt.heading!r}"
                findings.add(Fault.NO_OUTCOME_SEEN, text, row.id)


def _unread(snapshot: Snapshot) -> set[UUID]:
    """Returns the approvals before somebody whose mail, of an absence, waits for the mail hours."""
    waiting = {notice.recipient_address for notice in snapshot.notices if notice.waits}
    return {each.approval_id for each in snapshot.askings if each.ended_at is None and each.email in waiting}


def _before_newcomers(snapshot: Snapshot) -> set[UUID]:
    """Returns the approvals that only people may decide who became officials in the run: nobody plays these."""
    live: dict[UUID, set[str]] = defaultdict(set)
    for asking in snapshot.askings:
        if asking.ended_at is None:
            live[asking.approval_id].add(asking.user_id)
    newcomers = made_officials(snapshot)
    organizations = {each.id: each.organization for each in snapshot.approvals}
    return {each for each, people in live.items() if people <= newcomers[organizations[each]]}


def _has_ended(record: Record, part: Part, approval: ApprovalRow) -> bool:
    """Whether the decision was taken, or need not be: only what was taken back, or nobody was to decide, lacks one."""
    if record.withdrawn is Seen.ACCEPTED:
        return approval.state in CLOSED
    if record.withdrawn is Seen.UNSURE and approval.state == "withdrawn":
        return True
    return approval.state in DECIDED or (part.course is Course.LEFT and approval.state in OPEN)


def _check_talk(evidence: Evidence, findings: Findings) -> None:
    """What was asked, answered and handed over is in the books, once."""
    snapshot = evidence.snapshot
    rows = {str(row.draft_id): row.id for row in snapshot.requests}
    approvals = {(each.request_id, each.organization): each.id for each in snapshot.approvals}
    kept = {
        DeedKind.QUESTION: Counter(row.approval_id for row in snapshot.questions),
        DeedKind.ANSWER: Counter(row.approval_id for row in snapshot.questions if row.answer),
        DeedKind.HANDED: Counter(
            UUID(message.data["approval_id"]) for message in snapshot.told if message.type == "ApprovalHandedOver"
        ),
    }
    for record in evidence.records:
        for deed in record.deeds:
            request_id = rows.get(str(record.draft_id))
            count = kept[deed.kind][approvals[request_id, deed.part.organization]] if request_id else 0
            if count > 1 or (deed.seen is Seen.ACCEPTED and not count):
                findings.add(Fault.TALK_DIFFERS, f"{deed.kind.value}, and it is {count} times in the books", request_id)


def _check_effects(snapshot: Snapshot, findings: Findings) -> None:
    """What happened once stands once in a history, with its time: a message that took effect again wrote again."""
    for line in snapshot.repeated:
        findings.add(Fault.EFFECT_TWICE, f"{line.count} times in the history: {line.text}", line.request_id)


def _check_grants(snapshot: Snapshot, findings: Findings) -> None:
    """Grants equal approved decisions, and approval_svc knows the same ones."""
    approved = {part.id: part.request_id for part in snapshot.parts if part.state == "approved"}
    granted = Counter(grant.part_id for grant in snapshot.grants if grant.removed_at is None)
    by_part = {grant.part_id: grant.request_id for grant in snapshot.grants}
    for part_id, request_id in approved.items():
        if granted[part_id] != 1:
            findings.add(Fault.GRANTS_DIFFER, f"an approved part has {granted[part_id]} grants", request_id)
    for part_id in set(granted) - set(approved):
        findings.add(Fault.GRANTS_DIFFER, "a grant that nobody approved", by_part[part_id])
    audited = Counter(snapshot.audited_grants)
    for grant in snapshot.grants:
        if audited[str(grant.id)] != 1:
            text = f"the audit tells {audited[str(grant.id)]} times of a grant"
            findings.add(Fault.GRANTS_DIFFER, text, grant.request_id)
    active = {grant.id: grant.request_id for grant in snapshot.grants if grant.removed_at is None}
    for grant_id in set(active) ^ set(snapshot.granted_in_approval):
        findings.add(Fault.GRANTS_DIFFER, f"the services disagree about grant {grant_id}", active.get(grant_id))


def _check_dead_letters(evidence: Evidence, findings: Findings) -> None:
    """Dead letters hold each thing that was put in as poison once, and nothing else.

    Nobody sends again what the broker forgot of it before a worker had taken it.
    """
    found: Counter[str] = Counter()
    forgotten = {mark for fault in evidence.injected for mark in fault.forgotten}
    marks = {mark: poison for poison in evidence.injected for mark in poison.marks}
    for letter in evidence.snapshot.dead:
        if mark := next((mark for mark in marks if mark in letter.text), None):
            found[mark] += 1
            findings.poison += 1
        else:
            text = f"{letter.service} gave up {letter.type} {letter.message_id}: {letter.error}"
            findings.add(Fault.DEAD_LETTER, text)
    for mark, poison in marks.items():
        if found[mark] > 1 or (not found[mark] and mark not in forgotten):
            text = f"poison for {poison.target} is in {found[mark]} dead letters: {mark}"
            findings.add(Fault.POISON, text)


def _by_request(rows: Iterable[_Row]) -> dict[UUID, list[_Row]]:
    found: dict[UUID, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.request_id].append(row)
    return found
