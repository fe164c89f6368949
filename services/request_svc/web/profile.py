"""My Profile (access job aid 3.1, Figures 14, 19, 20 and 33; CLIA job aid 1.0, Figures 14, 24 and 34)."""

from uuid import UUID

from flask import Blueprint, get_flashed_messages, make_response, render_template
from werkzeug.wrappers import Response

from request_svc import queries, question_queries
from request_svc.settings import Settings
from request_svc.web.presenting import grant_cards, is_settled, missing_disciplines, present_request, request_groups
from shared.catalog import the_catalog
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database, settings
from shared.web.person import signed_in_person

pages = Blueprint("profile", __name__, url_prefix="/my-profile")


@pages.get("")
@signed_in
def show() -> str:
    """Shows the person's data, pending requests, roles and past requests; a banner once after an action."""
    user_id = signed_in_person().user_id
    with database().reading() as session:
        pending = queries.pending_requests(session, user_id)
        past = queries.past_requests(session, user_id)
        grants = queries.active_grants(session, user_id)
        questions = question_queries.open_questions(session, user_id)
    return render_template(
        "profile.html",
        harp_profile_url=settings(Settings).harp_profile_url,
        flashed=get_flashed_messages(with_categories=True),
        pending=request_groups(the_catalog(), pending),
        past=[present_request(the_catalog(), request) for request in past],
        open_questions=questions,
        grants=grant_cards(the_catalog(), grants),
        missing=missing_disciplines(the_catalog(), grants),
        now=utc_now(),
    )


@pages.get("/requests/<uuid:request_id>/progress")
@signed_in
def progress(request_id: UUID) -> Response:
    """Returns the part of My Profile that changes within seconds; X-Final: yes ends the asking."""
    with database().reading() as session:
        request = queries.request_of(session, request_id, signed_in_person().user_id)
    answer = make_response(render_template("request_progress.html", request_=present_request(the_catalog(), request)))
    if is_settled(request):
        answer.headers["X-Final"] = "yes"
    return answer
