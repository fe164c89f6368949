"""What the rows of an operator's CSV file may refer to."""

from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from approval_svc import organization_queries, reference
from approval_svc.domain.official_rows import Known
from shared.texts import name_problem


def known_to(session: Session) -> Known:
    """Returns the organizations that the catalog lists and that requests have named, and what judges names and ids."""
    return Known(
        kinds=reference.organization_kinds(),
        complete=reference.complete_kinds(),
        organizations={*reference.organizations(), *organization_queries.organizations_named(session)},
        id_problem=reference.id_problem,
        name_problem=name_problem,
        time_zones=available_timezones(),
    )
