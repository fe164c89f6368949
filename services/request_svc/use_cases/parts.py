"""Find the part of a request that a message about one organization means."""

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
