"""A person chose a role in STEP 2."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.refusals import OptionMissingError, RoleNotInCategoryError, RoleNotRequestableError
from shared.catalog import Catalog, Role


def choose_role(
    session: Session,
    catalog: Catalog,
    draft_id: UUID,
    user_id: str,
    *,
    role_id: str,
    option_id: str | None,
    now: datetime,
) -> None:
    """Keeps the role, and the option of a role that has them.

    Raises:
        DraftMissingError, DraftSubmittedError: see `queries.draft_of`.
        RoleNotInCategoryError, RoleNotRequestableError, OptionMissingError: the choice cannot stand.
    """
    draft = queries.lock_draft(session, draft_id, user_id)
    role = check_role(catalog, draft.category_id, role_id, option_id)
    draft.role_id = role.id
    draft.option_id = option_id if role.options else None
    draft.changed_at = now


def check_role(catalog: Catalog, category_id: str, role_id: str | None, option_id: str | None) -> Role:
    """Returns the role. Raises RoleNotInCategoryError, RoleNotRequestableError or OptionMissingError."""
    role = next((role for role in catalog.roles_in(category_id) if role.id == role_id), None)
    if role is None:
        raise RoleNotInCategoryError
    if not role.requestable:
        raise RoleNotRequestableError(str(role.why_not))
    if role.options and option_id not in {option.id for option in role.options}:
        raise OptionMissingError(str(role.option_label))
    return role
