"""A person chose a category in STEP 1: a draft begins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc.tables import Draft
from request_svc.use_cases.category_rules import check_category
from shared.catalog import Catalog
from shared.ids import new_id


def start_draft(session: Session, catalog: Catalog, user_id: str, category_id: str, now: datetime) -> UUID:
    """Returns the new draft's id.

    Raises:
        CategoryWithoutRolesError, OtherCategoryError: see `check_category`.
    """
    check_category(session, catalog, user_id, category_id)
    draft = Draft(id=new_id(), user_id=user_id, category_id=category_id, answers={}, changed_at=now)
    session.add(draft)
    return draft.id
