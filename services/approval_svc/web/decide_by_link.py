"""/decide/<token>: the emailed link. GET and HEAD show; POST asks for confirmation; POST …/confirm decides."""

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import queries
from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import RefusedError
from approval_svc.settings import ALWAYS, Settings
from approval_svc.use_cases.renew_link import renew_link
from approval_svc.web import deciding
from approval_svc.web.deciding import Page, Visit
from shared import links
from shared.clock import utc_now
from shared.db import Database
from shared.web.access import public
from shared.web.person import current_person

WHY_PUBLIC = "the signed link names the official; the use case checks that it may decide"


class UnusableLinkError(LookupError):
    """The link is altered, or names nothing that we know; the page does not say which."""


def pages(settings: Settings, database: Database) -> Blueprint:
    """Returns the pages behind an emailed link."""
    blueprint = Blueprint("decide_by_link", __name__)

    def find(session: Session, token: str) -> Visit:
        return _visit(settings, session, token)

    @blueprint.get("/decide/<token>")
    @public(WHY_PUBLIC)
    def page(token: str) -> Page:
        with database.reading() as session:
            return deciding.show(session, find(session, token), utc_now())

    @blueprint.post("/decide/<token>")
    @public(WHY_PUBLIC)
    def confirm(token: str) -> Page:
        with database.reading() as session:
            return deciding.confirm(session, find(session, token), utc_now())

    @blueprint.post("/decide/<token>/confirm")
    @public(WHY_PUBLIC)
    def decide(token: str) -> Page:
        return deciding.take(database, lambda session: find(session, token), utc_now())

    @blueprint.post("/decide/<token>/new-link")
    @public("an expired link only has a new one mailed to the official's own address")
    def new_link(token: str) -> Response:
        link, now = _read(settings, token), utc_now()
        way = Way(link_ends=link.expires_at, signed_in_as=_signed_in_as())
        try:
            with database.transaction() as session:
                renew_link(session, link.approval_id, link.official_id, way, settings.link_lifetime, now)
        except RefusedError as refused:
            deciding.log.info("new link refused", refusal=type(refused).__name__)
        return redirect(url_for(".page", token=token), 303)

    @blueprint.errorhandler(UnusableLinkError)
    def unusable(_error: UnusableLinkError) -> tuple[str, int]:
        return render_template("link_unusable.html"), 404

    return blueprint


def _read(settings: Settings, token: str) -> links.DecisionLink:
    try:
        return links.read(settings.link_signing_keys, token)
    except links.AlteredLinkError as error:
        raise UnusableLinkError from error


def _visit(settings: Settings, session: Session, token: str) -> Visit:
    link = _read(settings, token)
    approval = queries.find_approval(session, link.approval_id)
    asking = queries.asking_of(approval, link.official_id) if approval else None
    if approval is None or asking is None:
        raise UnusableLinkError
    return Visit(
        approval=approval,
        asking=asking,
        way=Way(link_ends=link.expires_at, signed_in_as=_signed_in_as()),
        always_sign_in=settings.link_sign_in == ALWAYS,
        display_zone=settings.display_zone,
        page_url=url_for(".page", token=token),
        confirm_url=url_for(".confirm", token=token),
        decide_url=url_for(".decide", token=token),
        new_link_url=url_for(".new_link", token=token),
    )


def _signed_in_as() -> str | None:
    person = current_person()
    return person.user_id if person else None
