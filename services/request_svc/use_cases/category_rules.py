"""The rules on the category of STEP 1, which hold again when the request is submitted."""

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.categories import may_choose
from request_svc.domain.refusals import CategoryWithoutRolesError, OtherCategoryError
from shared.catalog import Catalog


def check_category(session: Session, catalog: Catalog, user_id: str, category_id: str) -> None:
    """Lets the category pass.

    Raises:
        CategoryWithoutRolesError: the documents list no role for it.
        OtherCategoryError: the person's roles or pending requests are in another.
    """
    category = catalog.category(category_id)
    if category.no_roles_advice:
        raise CategoryWithoutRolesError(category.name, category.no_roles_advice)
    held = queries.held_categories(session, user_id)
    if not may_choose(category_id, held):
        raise OtherCategoryError(", ".join(sorted(catalog.category(each).name for each in held)))
