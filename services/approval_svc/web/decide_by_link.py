"""/decide/<token>: the emailed link. GET and HEAD show; POST asks for confirmation; POST …/confirm decides."""

import structlog
from flask import Blueprint, Flask, current_app, redirect, render_template, url_for
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import queries
from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import RefusedError
from approval_svc.settings import Settings
from approval_svc.use_cases.renew_link import renew_link
from approval_svc.web import deciding
from approval_svc.web.deciding import Page, Visit
from shared import links
from shared.clock import utc_now
from shared.web import limits
from shared.web.access import public
from shared.web.current import database, settings
from shared.web.person import current_person

log = structlog.get_logger(__name__)

_COUNT_GUESS = "approval_svc.count_guess"
WHY_PUBLIC = "the signed link names the official; the use case checks that it may decide"


class UnusableLinkError(LookupError):
    """The link is altered, or names nothing that we know; the page does not say which."""


pages = Blueprint("decide_by_link", __name__)


@pages.get("/decide/<token>")
@public(WHY_PUBLIC)
def page(token: str) -> Page:
    """Shows the request with both forms, or why there is nothing to decide."""
    with database().reading() as session:
        return deciding.show(session, _visit(session, token), utc_now())


@pages.post("/decide/<token>")
@public(WHY_PUBLIC)
def confirm(token: str) -> Page:
    """Shows what the decision will do; changes nothing."""
    with database().reading() as session:
        return deciding.confirm(session, _visit(session, token), utc_now())


@pages.post("/decide/<token>/confirm")
@public(WHY_PUBLIC)
def decide(token: str) -> Page:
    """Decides."""
    return deciding.take(lambda session: _visit(session, token), utc_now())


@pages.post("/decide/<token>/new-link")
@public("an expired link only has a new one mailed to the official's own address")
def new_link(token: str) -> Response:
    """Has a new link mailed to the official."""
    link, now = _read(token), utc_now()
    way = Way(link_ends=link.expires_at, signed_in_as=_signed_in_as())
    try:
        with database().transaction() as session:
            renew_link(session, link.approval_id, link.official_id, way, settings(Settings).link_lifetime, now)
    except RefusedError as refused:
        log.info("new link refused", refusal=type(refused).__name__)
    return redirect(url_for(".page", token=token), 303)


@pages.errorhandler(UnusableLinkError)
def unusable(_error: UnusableLinkError) -> Response | tuple[str, int]:
    """Says that the link opens nothing, and to wait to whoever tries many.

    Only these are counted: an official whose link works is never shut out by somebody at the same address.
    """
    try:
        current_app.extensions[_COUNT_GUESS]()
    except RateLimitExceeded as error:
        log.warning("many links that open nothing")
        return limits.too_many(error)
    return render_template("link_unusable.html"), 404


def limit_guesses(app: Flask, settings: Settings) -> None:
    """Limits how often one address may try links that open nothing."""
    limiter = limits.install(app, settings)
    app.extensions[_COUNT_GUESS] = limiter.shared_limit(settings.bad_links_by_address, scope="bad links")(_guessed)


def _guessed() -> None:
    """Does nothing: calling it is what is counted."""


def _read(token: str) -> links.DecisionLink:
    try:
        return links.read(settings(Settings).link_signing_keys, token)
    except links.AlteredLinkError as error:
        raise UnusableLinkError from error


def _visit(session: Session, token: str) -> Visit:
    link = _read(token)
    approval = queries.find_approval(session, link.approval_id)
    asking = queries.asking_of(approval, link.official_id) if approval else None
    if approval is None or asking is None:
        raise UnusableLinkError
    return Visit(
        approval=approval,
        asking=asking,
        way=Way(link_ends=link.expires_at, signed_in_as=_signed_in_as()),
        page_url=url_for(".page", token=token),
        confirm_url=url_for(".confirm", token=token),
        decide_url=url_for(".decide", token=token),
        new_link_url=url_for(".new_link", token=token),
    )


def _signed_in_as() -> str | None:
    person = current_person()
    return person.user_id if person else None
