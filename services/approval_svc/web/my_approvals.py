"""What waits for the signed-in official, and deciding it without an emailed link."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from approval_svc import deadline_queries, queries
from approval_svc.web import deciding, presenting, visits
from approval_svc.web.deciding import Page
from shared.clock import utc_now
from shared.web.access import public, signed_in
from shared.web.current import database
from shared.web.person import signed_in_person

pages = Blueprint("my_approvals", __name__)


@pages.get("/")
@public("leads on to the list, which needs sign-in")
def home() -> Response:
    """Leads to My Approvals."""
    return redirect(url_for(".index"))


@pages.get("/my-approvals")
@signed_in
def index() -> str:
    """Shows what waits for the person's decision."""
    now = utc_now()
    with database().reading() as session:
        waiting = queries.waiting_for(session, signed_in_person().user_id)
        ages = {approval.id: presenting.age(approval.request.submitted_at, now) for approval in waiting}
        ends = deadline_queries.expiries(session, waiting)
        return render_template("my_approvals.html", waiting=waiting, ages=ages, ends=ends)


@pages.get("/approvals/<uuid:approval_id>")
@signed_in
def page(approval_id: UUID) -> Page:
    """Shows the request with both forms, or why there is nothing to decide."""
    with database().reading() as session:
        return deciding.show(session, visits.signed_in(session, approval_id), utc_now())


@pages.post("/approvals/<uuid:approval_id>")
@signed_in
def confirm(approval_id: UUID) -> Page:
    """Shows what the decision will do; changes nothing."""
    with database().reading() as session:
        return deciding.confirm(session, visits.signed_in(session, approval_id), utc_now())


@pages.post("/approvals/<uuid:approval_id>/confirm")
@signed_in
def decide(approval_id: UUID) -> Page:
    """Decides."""
    return deciding.take(lambda session: visits.signed_in(session, approval_id), utc_now())
