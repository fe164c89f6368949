"""A person came back to STEP 1 and chose again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.use_cases.category_rules import check_category
from shared.catalog import Catalog


def choose_category(
    session: Session, catalog: Catalog, draft_id: UUID, user_id: str, category_id: str, now: datetime
) -> None:
    """Keeps the category; another one than before forgets the role, and nothing else.

    Raises:
        DraftMissingError, DraftSubmittedError: see `queries.draft_of`.
        CategoryWithoutRolesError, OtherCategoryError: see `check_category`.
    """
    draft = queries.lock_draft(session, draft_id, user_id)
    check_category(session, catalog, user_id, category_id)
    if draft.category_id != category_id:
        draft.category_id, draft.role_id, draft.option_id = category_id, None, None
    draft.changed_at = now
