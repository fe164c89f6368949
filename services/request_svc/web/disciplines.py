"""Edit under User Roles: Surveyor Disciplines (access job aid 3.1, Figure 21)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for

from request_svc import queries
from request_svc.domain.refusals import DisciplinesMissingError, GrantMissingError
from request_svc.tables import Grant
from request_svc.use_cases.save_disciplines import save_disciplines
from request_svc.web.forms import DisciplinesForm
from request_svc.web.steps import Answer
from shared.catalog import Discipline, the_catalog
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

pages = Blueprint("disciplines", __name__, url_prefix="/my-profile/roles/<uuid:grant_id>")

SAVED = "disciplines-saved"


@pages.get("/disciplines")
@signed_in
def edit(grant_id: UUID) -> str:
    """Shows the disciplines with those ticked that were saved before."""
    grant = _grant(grant_id)
    ticked = [each.id for each in the_catalog().disciplines if each.name in grant.disciplines]
    return _page(grant, Form(typed={"disciplines": ticked}))


@pages.post("/disciplines")
@signed_in
def save(grant_id: UUID) -> Answer:
    """Saves the ticked disciplines and goes back to My Profile."""
    form = read_form(DisciplinesForm())
    try:
        with database().transaction() as session:
            user_id = signed_in_person().user_id
            save_disciplines(session, the_catalog(), grant_id, user_id, form.data.get("disciplines", ()), utc_now())
    except DisciplinesMissingError as refusal:
        return _page(_grant(grant_id), form.with_errors(disciplines=refusal.sentence)), 422
    flash(SAVED)
    return redirect(f"{url_for('profile.show')}#grant-{grant_id}", 303)


def _grant(grant_id: UUID) -> Grant:
    with database().reading() as session:
        grant = queries.active_grant(session, grant_id, signed_in_person().user_id)
    if not the_catalog().role(grant.role_id).has_disciplines:
        raise GrantMissingError(grant_id)
    return grant


def _page(grant: Grant, form: Form) -> str:
    columns: dict[int, list[Discipline]] = {}
    for each in the_catalog().disciplines:
        columns.setdefault(each.column, []).append(each)
    return render_template(
        "disciplines.html",
        form=form,
        grant=grant,
        category=the_catalog().category(grant.category_id),
        columns=list(columns.values()),
    )
