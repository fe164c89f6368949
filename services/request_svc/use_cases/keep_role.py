"""A person leaves STEP 2 backwards: what they had chosen is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from shared.catalog import Catalog


def keep_role(
    session: Session,
    catalog: Catalog,
    draft_id: UUID,
    user_id: str,
    *,
    role_id: str,
    option_id: str | None,
    now: datetime,
) -> None:
    """Keeps a choice of the draft's category, complete or not; Next and Submit Request judge it.

    Without a choice, or with one that the page does not offer, the draft stays as it was. Raises DraftMissingError or
    DraftSubmittedError.
    """
    draft = queries.lock_draft(session, draft_id, user_id)
    role = next((role for role in catalog.roles_in(draft.category_id) if role.id == role_id), None)
    if role is None:
        return
    draft.role_id = role.id
    draft.option_id = option_id if option_id in {option.id for option in role.options} else None
    draft.changed_at = now
