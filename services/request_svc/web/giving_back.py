"""Giving a role back: one page to confirm, one POST."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from marshmallow import Schema, fields, validate

from request_svc import queries
from request_svc.use_cases.give_back import give_back
from request_svc.web.steps import Answer
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

pages = Blueprint("giving_back", __name__, url_prefix="/my-profile/roles/<uuid:grant_id>")

GIVEN_BACK = "role-given-back"
LONGEST_REASON = 1000


class ReasonForm(Schema):
    """Why, if the person wants to say."""

    reason = fields.String(
        load_default=None, validate=validate.Length(max=LONGEST_REASON, error="Use 1000 characters at most.")
    )


@pages.get("/give-back")
@signed_in
def confirm(grant_id: UUID) -> str:
    """Asks whether the role shall be given back."""
    return _page(grant_id, Form())


@pages.post("/give-back")
@signed_in
def take_back(grant_id: UUID) -> Answer:
    """Ends the role; whoever sends the form again, or no longer has the role, is told that there is none (404)."""
    form = read_form(ReasonForm())
    if not form.ok:
        return _page(grant_id, form), 422
    with database().transaction() as session:
        give_back(session, grant_id, signed_in_person().user_id, form.data["reason"], utc_now())
    flash(GIVEN_BACK)
    return redirect(url_for("profile.show"), 303)


def _page(grant_id: UUID, form: Form) -> str:
    with database().reading() as session:
        grant = queries.active_grant(session, grant_id, signed_in_person().user_id)
    return render_template("give_back.html", form=form, grant=grant, longest_reason=LONGEST_REASON)
