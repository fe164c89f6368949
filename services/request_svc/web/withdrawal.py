"""Withdrawing a pending request: one page to confirm, one POST."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from request_svc import queries
from request_svc.domain.refusals import NotPendingError
from request_svc.domain.requests import RequestState
from request_svc.use_cases.withdraw_request import withdraw_request
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.person import signed_in_person

pages = Blueprint("withdrawal", __name__, url_prefix="/my-profile/requests/<uuid:request_id>")

ASKED = "withdrawal-requested"


@pages.get("/withdraw")
@signed_in
def confirm(request_id: UUID) -> Response | str:
    """Asks whether the request shall be withdrawn."""
    with database().reading() as session:
        request = queries.request_of(session, request_id, signed_in_person().user_id)
    if request.state is not RequestState.PENDING or request.is_being_withdrawn:
        return redirect(f"{url_for('profile.show')}#request-{request_id}")
    return render_template("withdraw.html", request_=request)


@pages.post("/withdraw")
@signed_in
def withdraw(request_id: UUID) -> Response:
    """Asks for withdrawal; a request whose decision is known by now shows it on My Profile instead."""
    try:
        with database().transaction() as session:
            withdraw_request(session, request_id, signed_in_person().user_id, utc_now())
    except NotPendingError as refusal:
        flash(refusal.sentence, "refusal")
    else:
        flash(ASKED)
    return redirect(url_for("profile.show"), 303)
