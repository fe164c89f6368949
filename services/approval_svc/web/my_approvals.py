"""What waits for the signed-in official, and deciding it without an emailed link."""

from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from approval_svc.web import deciding, deciding_many, listing, visits
from approval_svc.web.deciding import Page
from shared.clock import utc_now
from shared.web.access import public, signed_in
from shared.web.current import database

pages = Blueprint("my_approvals", __name__)


@pages.get("/")
@public("leads on to the list, which needs sign-in")
def home() -> Response:
    """Leads to My Approvals."""
    return redirect(url_for(".index"))


@pages.get("/my-approvals")
@signed_in
def index() -> Page:
    """Shows what waits for the person's decision."""
    with database().reading() as session:
        return listing.show(session, utc_now())


@pages.post("/my-approvals/confirm")
@signed_in
def confirm_many() -> Page:
    """Shows what was selected of the list, and asks once more; changes nothing."""
    now = utc_now()
    with database().reading() as session:
        return deciding_many.confirm(session, listing.selection(now), now)


@pages.post("/my-approvals/act")
@signed_in
def act_on_many() -> Page:
    """Does to each what was confirmed, and reports row by row."""
    now = utc_now()
    return deciding_many.take(listing.selection(now), now)


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
