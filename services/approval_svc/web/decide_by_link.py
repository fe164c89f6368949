"""/decide/<token>: the emailed link. GET and HEAD show; POST asks for confirmation; POST …/confirm decides."""

import structlog
from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import RefusedError
from approval_svc.settings import Settings
from approval_svc.use_cases.renew_link import renew_link
from approval_svc.web import deciding, visits
from approval_svc.web.deciding import Page
from approval_svc.web.visits import WHY_PUBLIC
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import database, settings

log = structlog.get_logger(__name__)

pages = Blueprint("decide_by_link", __name__)


@pages.get("/decide/<token>")
@public(WHY_PUBLIC)
def page(token: str) -> Page:
    """Shows the request with both forms, or why there is nothing to decide."""
    with database().reading() as session:
        return deciding.show(session, visits.by_link(session, token), utc_now())


@pages.post("/decide/<token>")
@public(WHY_PUBLIC)
def confirm(token: str) -> Page:
    """Shows what the decision will do; changes nothing."""
    with database().reading() as session:
        return deciding.confirm(session, visits.by_link(session, token), utc_now())


@pages.post("/decide/<token>/confirm")
@public(WHY_PUBLIC)
def decide(token: str) -> Page:
    """Decides."""
    return deciding.take(lambda session: visits.by_link(session, token), utc_now())


@pages.post("/decide/<token>/new-link")
@public("an expired link only has a new one mailed to the official's own address")
def new_link(token: str) -> Response:
    """Has a new link mailed to the official."""
    link, now = visits.read_link(token), utc_now()
    way = Way(link_ends=link.expires_at, signed_in_as=visits.signed_in_as())
    try:
        with database().transaction() as session:
            renew_link(session, link.approval_id, link.official_id, way, settings(Settings).link_lifetime, now)
    except RefusedError as refused:
        log.info("new link refused", refusal=type(refused).__name__)
    return redirect(url_for(".page", token=token), 303)
