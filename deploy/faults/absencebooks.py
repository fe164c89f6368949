"""The books of absences: who is away is not asked and does not decide, who acts for them does so in both names.

Nobody decides on themselves, in whatever way a request came to them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from deploy.faults.findings import Fault, Findings
from deploy.faults.people import Authority, People
from deploy.faults.records import Leave, Seen
from deploy.faults.snapshot import AbsenceRow, ApprovalRow, AskingRow, Snapshot

SLACK = timedelta(seconds=5)
"""Two processes that wait for each other read the clock before: so much may lie between their times."""
AT_LAST = datetime.max.replace(tzinfo=UTC)
"""When what is open still is looked at."""
OPEN = frozenset({"asked", "unroutable"})
DECIDED = frozenset({"approved", "rejected"})


def is_excused(snapshot: Snapshot, user_id: str, approval: ApprovalRow) -> bool:
    """Whether an official was absent all the while in which an approval was open, and so need not have been asked."""
    opened = min((each.asked_at for each in snapshot.askings if each.approval_id == approval.id), default=None)
    closed = None if approval.state in OPEN else approval.state_since
    return any(
        each.user_id == user_id
        and each.begun_at is not None
        and (opened is None or each.begun_at <= opened + SLACK)
        and (each.over_at is None or (closed is not None and closed <= each.over_at + SLACK))
        for each in snapshot.absences
    )


def check_absences(snapshot: Snapshot, leaves: Sequence[Leave], people: People, findings: Findings) -> None:
    """Adds what is wrong with absences, and with what was asked and decided meanwhile."""
    _check_kept(snapshot, leaves, findings)
    _check_told(snapshot, findings)
    _check_not_asked(snapshot, findings)
    _check_in_both_names(snapshot, people, findings)
    _check_own(snapshot, findings)


def _check_kept(snapshot: Snapshot, leaves: Sequence[Leave], findings: Findings) -> None:
    """What an official saw accepted is kept once, in force until they cancelled it; nobody else is absent."""
    rows: dict[tuple[str, str], list[AbsenceRow]] = defaultdict(list)
    for row in snapshot.absences:
        rows[row.user_id, row.substitute].append(row)
    for leave in leaves:
        who = leave.away.person.user_id
        kept = rows.pop((who, leave.away.substitute.user_id), [])
        if len(kept) > 1 or (leave.seen is Seen.ACCEPTED and not any(each.begun_at for each in kept)):
            findings.add(Fault.ABSENCE_DIFFERS, f"{who}: {leave.seen.value}, and it is {len(kept)} times in the books")
        over = any(each.over_at for each in kept)
        if (leave.back is Seen.ACCEPTED and not over) or (leave.back is Seen.NOTHING and over):
            findings.add(Fault.ABSENCE_DIFFERS, f"{who}: cancelling was {leave.back.value}, and it is over: {over}")
    for who, _ in rows:
        findings.add(Fault.ABSENCE_DIFFERS, f"{who} is absent, and never said so")


def _check_told(snapshot: Snapshot, findings: Findings) -> None:
    """It is told once that an absence has begun."""
    told = Counter(UUID(message.data["absence_id"]) for message in snapshot.absent)
    for row in snapshot.absences:
        if told[row.id] != int(row.begun_at is not None):
            findings.add(Fault.ABSENCE_DIFFERS, f"{told[row.id]} messages tell that the absence of {row.user_id} began")


def _check_not_asked(snapshot: Snapshot, findings: Findings) -> None:
    """Nobody is asked while they are absent, and nobody who is absent decides."""
    approvals = {each.id: each for each in snapshot.approvals}
    for asking in snapshot.askings:
        approval = approvals[asking.approval_id]
        live = asking.ended_at is None and approval.state == "asked"
        for row in _absences_of(snapshot, asking.user_id):
            if _within(row, asking.asked_at) or (live and row.over_at is None):
                text = f"{asking.user_id} was asked for {approval.organization}"
                findings.add(Fault.ASKED_WHILE_ABSENT, text, approval.request_id)
    for approval in snapshot.approvals:
        if any(_within(row, approval.state_since) for row in _absences_of(snapshot, approval.decided_by)):
            text = f"{approval.decided_by} decided for {approval.organization}"
            findings.add(Fault.ASKED_WHILE_ABSENT, text, approval.request_id)


def _check_in_both_names(snapshot: Snapshot, people: People, findings: Findings) -> None:
    """Whoever acts for somebody is asked, and decides, in both names; in nobody's who is there."""
    handed = {UUID(each.data["approval_id"]) for each in snapshot.told if each.type == "ApprovalHandedOver"}
    askings: dict[UUID, list[AskingRow]] = defaultdict(list)
    for asking in snapshot.askings:
        askings[asking.approval_id].append(asking)
    for approval in snapshot.approvals:
        if approval.state in DECIDED:
            at, named = approval.state_since, {approval.decided_by: set(approval.decided_for)}
            findings.decided_for_others += bool(approval.decided_for)
        elif approval.state == "asked":
            live = [each for each in askings[approval.id] if each.ended_at is None]
            at, named = AT_LAST, _acting(live)
        else:
            continue
        for who, absent in named.items():
            wanted = set() if approval.id in handed else set(_absent_of(snapshot, people, approval, who, at))
            stranger = {each for each in absent if not _was_away(snapshot, each, who, at)}
            if stranger or not wanted <= absent:
                text = f"{who} stands for {sorted(absent)} at {approval.organization}, and should for {sorted(wanted)}"
                findings.add(Fault.ABSENCE_DIFFERS, text, approval.request_id)


def _check_own(snapshot: Snapshot, findings: Findings) -> None:
    """Nobody decides on themselves, nor does somebody in their place."""
    requesters = {each.id: each.user_id for each in snapshot.requests}
    for approval in snapshot.approvals:
        requester = requesters.get(approval.request_id)
        if requester and requester in (approval.decided_by, *approval.decided_for):
            findings.add(Fault.OWN_REQUEST, f"{requester} decided on themselves", approval.request_id)
    for asking in snapshot.askings:
        request_id = next(each.request_id for each in snapshot.approvals if each.id == asking.approval_id)
        if requesters.get(request_id) in (asking.user_id, *asking.acts_for):
            findings.add(Fault.OWN_REQUEST, f"{asking.user_id} was asked about themselves", request_id)


def _acting(askings: Sequence[AskingRow]) -> dict[str | None, set[str]]:
    return {each.user_id: set(each.acts_for) for each in askings}


def _absences_of(snapshot: Snapshot, user_id: str | None) -> Iterator[AbsenceRow]:
    return (each for each in snapshot.absences if each.user_id == user_id and each.begun_at is not None)


def _absent_of(
    snapshot: Snapshot, people: People, approval: ApprovalRow, who: str | None, at: datetime
) -> Iterator[str]:
    """Yields for which officials of the authority that decides somebody acts then."""
    authority = Authority(approval.authority_kind or "", approval.authority_id or "")
    officials = {one.user_id for one in people.officials_of(authority)}
    requester = next((each.user_id for each in snapshot.requests if each.id == approval.request_id), None)
    for row in snapshot.absences:
        if row.substitute == who and row.user_id in officials - {requester} and _within(row, at):
            yield row.user_id


def _was_away(snapshot: Snapshot, user_id: str, substitute: str | None, at: datetime) -> bool:
    return any(
        row.begun_at is not None
        and row.substitute == substitute
        and row.begun_at - SLACK <= at
        and (row.over_at is None or at <= row.over_at + SLACK)
        for row in _absences_of(snapshot, user_id)
    )


def _within(row: AbsenceRow, at: datetime) -> bool:
    """Whether somebody was away then for certain."""
    begun = row.begun_at is not None and row.begun_at + SLACK < at
    return begun and (row.over_at is None or at < row.over_at - SLACK)
