"""STEP 1 and STEP 2 of Request User Role (CLIA job aid 1.0, Figures 11 and 12)."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from request_svc import queries
from request_svc.domain.refusals import CategoryWithoutRolesError, RefusalError
from request_svc.tables import Draft
from request_svc.use_cases.choose_category import choose_category
from request_svc.use_cases.choose_role import choose_role
from request_svc.use_cases.keep_role import keep_role
from request_svc.use_cases.start_draft import start_draft
from request_svc.web.forms import CategoryForm, RoleForm
from shared.catalog import the_catalog
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import SEVERAL, Form, pressed, read_form
from shared.web.person import signed_in_person

pages = Blueprint("steps", __name__, url_prefix="/request-role")

Answer = Response | str | tuple[str, int]


@pages.get("")
@signed_in
def new() -> str:
    """Shows STEP 1 of a new request."""
    return _show_categories(Form(), None)


@pages.post("")
@signed_in
def begin() -> Answer:
    """Takes STEP 1 of a new request and goes on to STEP 2."""
    form = _category_form()
    if not form.ok:
        return _show_categories(form, None), 422
    try:
        with database().transaction() as session:
            user_id = signed_in_person().user_id
            draft_id = start_draft(session, the_catalog(), user_id, form.data["category"], utc_now())
    except RefusalError as refusal:
        return _refused_category(form, None, refusal)
    return redirect(url_for("steps.role", draft_id=draft_id), 303)


@pages.get("/<uuid:draft_id>/category")
@signed_in
def category(draft_id: UUID) -> str:
    """Shows STEP 1 of a request that was begun, with the category that was chosen."""
    draft = _draft(draft_id)
    return _show_categories(Form(typed={"category": [draft.category_id]}), draft_id)


@pages.post("/<uuid:draft_id>/category")
@signed_in
def save_category(draft_id: UUID) -> Answer:
    """Takes STEP 1 again."""
    _draft(draft_id)
    form = _category_form()
    if not form.ok:
        return _show_categories(form, draft_id), 422
    try:
        with database().transaction() as session:
            user_id = signed_in_person().user_id
            choose_category(session, the_catalog(), draft_id, user_id, form.data["category"], utc_now())
    except RefusalError as refusal:
        return _refused_category(form, draft_id, refusal)
    return redirect(url_for("steps.role", draft_id=draft_id), 303)


@pages.get("/<uuid:draft_id>/role")
@signed_in
def role(draft_id: UUID) -> str:
    """Shows STEP 2."""
    draft = _draft(draft_id)
    typed = {"role": [draft.role_id]} if draft.role_id else {}
    if draft.role_id and draft.option_id:
        typed[option_field(draft.role_id)] = [draft.option_id]
    return _show_roles(Form(typed=typed), draft)


@pages.post("/<uuid:draft_id>/role")
@signed_in
def save_role(draft_id: UUID) -> Answer:
    """Takes STEP 2 and goes on to STEP 3, or back to STEP 1 with what was chosen kept."""
    if pressed("next") == "previous":
        return _back_to_categories(draft_id)
    draft = _draft(draft_id)
    form = read_form(RoleForm())
    if not form.ok:
        return _show_roles(form, draft), 422
    role_id = form.data["role"]
    options = set(form.values(option_field(role_id))) - {""}
    if len(options) > 1:
        return _show_roles(form.with_errors(**{option_field(role_id): SEVERAL}), draft), 422
    option_id = options.pop() if options else None
    try:
        with database().transaction() as session:
            user_id = signed_in_person().user_id
            choose_role(session, the_catalog(), draft_id, user_id, role_id=role_id, option_id=option_id, now=utc_now())
    except RefusalError as refusal:
        field = option_field(role_id) if refusal.field == "option" else refusal.field
        return _show_roles(form.with_errors(**{field: refusal.sentence}), draft), 422
    return redirect(url_for("organizations.show", draft_id=draft_id), 303)


def _back_to_categories(draft_id: UUID) -> Response:
    form = read_form(RoleForm())
    role_id = form.value("role")
    # Only kept, to be shown again: of several answers the first.
    option_id = form.value(option_field(role_id)) or None
    with database().transaction() as session:
        user_id = signed_in_person().user_id
        keep_role(session, the_catalog(), draft_id, user_id, role_id=role_id, option_id=option_id, now=utc_now())
    return redirect(url_for("steps.category", draft_id=draft_id), 303)


def option_field(role_id: str) -> str:
    """Returns the name of the form field with the role's options."""
    return f"option-{role_id}"


def _draft(draft_id: UUID) -> Draft:
    with database().reading() as session:
        return queries.draft_of(session, draft_id, signed_in_person().user_id)


def _category_form() -> Form:
    form = read_form(CategoryForm())
    known = {category.id for category in the_catalog().categories}
    if form.ok and form.data["category"] not in known:
        return form.with_errors(category="Select a user category.")
    return form


def _refused_category(form: Form, draft_id: UUID | None, refusal: RefusalError) -> tuple[str, int]:
    instead = refusal if isinstance(refusal, CategoryWithoutRolesError) else None
    return _show_categories(form.with_errors(category=refusal.sentence), draft_id, instead), 422


def _show_categories(form: Form, draft_id: UUID | None, instead: CategoryWithoutRolesError | None = None) -> str:
    return render_template(
        "step_category.html", form=form, categories=the_catalog().categories, instead=instead, action=request.path,
        draft_id=draft_id,
    )  # fmt: skip


def _show_roles(form: Form, draft: Draft) -> str:
    return render_template(
        "step_role.html",
        form=form,
        draft=draft,
        category=the_catalog().category(draft.category_id),
        roles=the_catalog().offered_in(draft.category_id),
        option_field=option_field,
    )
