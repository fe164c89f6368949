"""The books of who was asked: everybody who stands for the authority, and nobody is passed over without a reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from deploy.faults.absencebooks import is_excused
from deploy.faults.absences import NATIONAL
from deploy.faults.findings import Fault, Findings
from deploy.faults.mailbooks import CLOSED
from deploy.faults.people import People
from deploy.faults.records import Record
from deploy.faults.script import Part
from deploy.faults.snapshot import ApprovalRow, Snapshot


def check_officials(
    snapshot: Snapshot,
    records: Sequence[Record],
    people: People,
    refused_at: Mapping[str, datetime],
    findings: Findings,
) -> None:
    """Everybody who stands for the authority was asked, but the requester, the absent and whom no mail reaches."""
    rows = {str(row.draft_id): row for row in snapshot.requests}
    approvals = {(each.request_id, each.organization): each for each in snapshot.approvals}
    asked: dict[UUID, set[str]] = defaultdict(set)
    persons: dict[UUID, set[str]] = defaultdict(set)
    for asking in snapshot.askings:
        asked[asking.approval_id].add(asking.email)
        persons[asking.approval_id].add(asking.user_id)
    newcomers = made_officials(snapshot)
    for address in snapshot.unreachable:
        why = "though named anew" if address in refused_at else "and no mail to them was refused for good"
        findings.add(Fault.PASSED_OVER, f"{address} is passed over, {why}")
    for record in records:
        row = rows.get(str(record.draft_id))
        for part in record.ask.parts if row else ():
            approval = approvals.get((row.id, part.organization)) if row else None
            if row is None or approval is None or _has_own(part, persons[approval.id], newcomers):
                continue
            wanted = _wanted(snapshot, people, part, approval, refused_at) - {record.ask.requester.email.lower()}
            if not wanted <= asked[approval.id]:
                missing = ", ".join(sorted(wanted - asked[approval.id]))
                findings.add(Fault.NOT_ASKED, f"never asked for {part.organization}: {missing}", row.id)


def _wanted(
    snapshot: Snapshot, people: People, part: Part, approval: ApprovalRow, refused_at: Mapping[str, datetime]
) -> set[str]:
    """Returns the addresses of the authority's officials who were there, and whom mail reached, while it was open."""
    there = (one for one in people.officials_of(part.authority) if not is_excused(snapshot, one.user_id, approval))
    return {one.email.lower() for one in there if not _was_refused(refused_at.get(one.email.lower()), approval)}


def _has_own(part: Part, asked: set[str], newcomers: Mapping[str | None, set[str]]) -> bool:
    """Whether an organization of nobody's had got an official in the run, who was asked in place of a national body."""
    return part.authority.kind in NATIONAL and bool(asked) and asked <= newcomers[part.organization]


def made_officials(snapshot: Snapshot) -> dict[str | None, set[str]]:
    """Returns who became a Security Official of each organization in the run: they decide there from then on."""
    requests = {row.id: row for row in snapshot.requests}
    found: dict[str | None, set[str]] = defaultdict(set)
    for part in snapshot.parts:
        request = requests.get(part.request_id)
        if request and part.state == "approved" and "Security Official" in request.role_name:
            found[part.organization].add(request.user_id)
    return found


def _was_refused(at: datetime | None, approval: ApprovalRow) -> bool:
    """Whether the address was refused while, or before, the approval was open: its official is passed over then."""
    return at is not None and (approval.state not in CLOSED or approval.state_since >= at)
