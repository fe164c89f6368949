"""What officials said to each other about a request, and whom they can turn to, as pages show it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from approval_svc import absence_queries, queries, reference, talking_queries
from approval_svc.assignment_queries import assignment_of
from approval_svc.domain import talking
from approval_svc.domain.routing import NATIONAL, Candidate
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.web.deciding import Visit

Choices = list[tuple[str, str, str | None]]
"""User id, name, and for whom they stand."""


def receivers(session: Session, visits: Iterable[Visit]) -> Choices:
    """Returns to whom at least one of these approvals can be handed over, the nearest authority first."""
    found: dict[str, Candidate] = {}
    for visit in _telling(visits):
        routing = assignment_of(session, visit.approval).routing
        found |= {each.user_id: each for each in talking.receivers(routing, visit.asking.official.user_id)}
    return _choices(session, found.values())


def _telling(visits: Iterable[Visit]) -> Iterator[Visit]:
    """Yields of the visits at one authority those of two requesters: who may not receive the one may the other."""
    seen: dict[tuple[str | None, ...], set[str]] = {}
    for visit in visits:
        approval, request = visit.approval, visit.approval.request
        key = (approval.organization_kind, approval.organization_id, request.role_id, request.survey_for)
        requesters = seen.setdefault(key, set())
        if len(requesters) < 2 and request.requester_user_id not in requesters:  # two, as said above
            requesters.add(request.requester_user_id)
            yield visit


def advisers(session: Session, visit: Visit, wanted: str) -> tuple[Choices, list[tuple[str, date]]]:
    """Returns who can be asked for an opinion, of those whose name is `wanted`, or of the chain when nobody's is.

    Those of them who are absent now are named apart, with the last day of their absence.
    """
    requester = queries.requester_of(visit.approval.request)
    rows = talking_queries.officials_like(session, wanted) if wanted else _of_chain(session, visit.approval)
    able = talking.advisers([queries.candidate(row) for row in rows], visit.asking.official.user_id, requester)
    absences = absence_queries.in_force_of(session, [each.user_id for each in able])
    here = _choices(session, [each for each in able if each.user_id not in absences])
    gone = _choices(session, [each for each in able if each.user_id in absences])
    return here, [(name, absences[user_id].last_day) for user_id, name, _ in gone]


def _of_chain(session: Session, approval: ApprovalRow) -> Sequence[OfficialRow]:
    authorities = [step.authority for step in queries.routing_of(session, approval).steps]
    return queries.officials_of(session, authorities)


def _choices(session: Session, candidates: Iterable[Candidate]) -> Choices:
    rows = [session.get_one(OfficialRow, each.official_id) for each in candidates]
    return [(row.user_id, row.name, stands_for(row)) for row in rows]


def stands_for(row: OfficialRow) -> str:
    """Returns the name of the authority that an official stands for."""
    kind, identifier = row.authority_kind, row.authority_id
    return reference.authority_name(kind, None if kind in NATIONAL else reference.organization_name(kind, identifier))
