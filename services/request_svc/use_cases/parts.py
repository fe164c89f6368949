"""The parts of a request: finding the one that a message means, and ending it."""

from datetime import datetime

from request_svc.domain.requests import PartState, RequestState, state_of_request
from request_svc.tables import Part, RoleRequest, scope_of_organization
from shared.contracts import Organization


class PartMissingError(LookupError):
    """A message names an organization that the request does not."""


def part_for(request: RoleRequest, organization: Organization | None) -> Part:
    """Returns the part for that organization, None being the national one. Raises PartMissingError."""
    scope = scope_of_organization(organization)
    for part in request.parts:
        if part.scope == scope:
            return part
    raise PartMissingError(f"request {request.id} has no part {scope}")


def end_part(part: Part, state: PartState, at: datetime) -> None:
    """Ends a pending part, and with the last one the request: when it closed is the latest of all ends heard of."""
    part.state = state
    request = part.request
    request.state = state_of_request(each.state for each in request.parts)
    if request.state is not RequestState.PENDING:
        ends = [each.decided_at for each in request.parts if each.decided_at]
        request.closed_at = max([at, *ends])
