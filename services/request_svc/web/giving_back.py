"""Giving a role back: one page to confirm, one POST."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from marshmallow import Schema, fields, validate

from request_svc import queries
from request_svc.domain.refusals import GrantMissingError
from request_svc.use_cases.give_back import give_back
from request_svc.web.steps import Answer
from shared.clock import utc_now
from shared.contracts import EndedBecause
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

pages = Blueprint("giving_back", __name__, url_prefix="/my-profile/roles/<uuid:grant_id>")

GIVEN_BACK = "role-given-back"
ENDED_ALREADY = "You do not have this role any more."
LONGEST_REASON = 1000


class ReasonForm(Schema):
    """Why, if the person wants to say."""

    reason = fields.String(
        load_default=None, validate=validate.Length(max=LONGEST_REASON, error="Use 1000 characters at most.")
    )


@pages.get("/give-back")
@signed_in
def confirm(grant_id: UUID) -> Answer:
    """Asks whether the role shall be given back; one that has ended leads to My Profile."""
    try:
        return _page(grant_id, Form())
    except GrantMissingError:
        return _ended(grant_id)


@pages.post("/give-back")
@signed_in
def take_back(grant_id: UUID) -> Answer:
    """Ends the role; sent again it does nothing more, and says the same."""
    form = read_form(ReasonForm())
    try:
        if not form.ok:
            return _page(grant_id, form), 422
        with database().transaction() as session:
            give_back(session, grant_id, signed_in_person().user_id, form.data["reason"], utc_now())
    except GrantMissingError:
        return _ended(grant_id)
    flash(GIVEN_BACK)
    return redirect(url_for("profile.show"), 303)


def _ended(grant_id: UUID) -> Answer:
    """Leads to My Profile, which says that the role has ended. Raises GrantMissingError when it was not theirs."""
    with database().reading() as session:
        grant = queries.ended_grant(session, grant_id, signed_in_person().user_id)
    if grant.ended_because is EndedBecause.GIVEN_BACK:
        flash(GIVEN_BACK)
    else:
        flash(ENDED_ALREADY, "refusal")
    return redirect(url_for("profile.show"), 303)


def _page(grant_id: UUID, form: Form) -> str:
    with database().reading() as session:
        grant = queries.active_grant(session, grant_id, signed_in_person().user_id)
    return render_template("give_back.html", form=form, grant=grant, longest_reason=LONGEST_REASON)
