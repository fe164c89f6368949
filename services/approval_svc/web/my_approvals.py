"""What waits for the signed-in official, and deciding it without an emailed link."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import queries
from approval_svc.domain.approvals import Way
from approval_svc.settings import ALWAYS, Settings
from approval_svc.web import deciding, presenting
from approval_svc.web.deciding import Page, Visit
from shared.clock import utc_now
from shared.db import Database
from shared.web.access import public, signed_in
from shared.web.person import current_person


def pages(settings: Settings, database: Database) -> Blueprint:
    """Returns the signed-in official's pages."""
    blueprint = Blueprint("my_approvals", __name__)

    def find(session: Session, approval_id: UUID) -> Visit:
        return _visit(settings, session, approval_id)

    @blueprint.get("/")
    @public("leads on to the list, which needs sign-in")
    def home() -> Response:
        return redirect(url_for(".index"))

    @blueprint.get("/my-approvals")
    @signed_in
    def index() -> str:
        now = utc_now()
        with database.reading() as session:
            waiting = queries.waiting_for(session, _user_id())
            ages = {approval.id: presenting.age(approval.request.submitted_at, now) for approval in waiting}
            return render_template("my_approvals.html", waiting=waiting, ages=ages)

    @blueprint.get("/approvals/<uuid:approval_id>")
    @signed_in
    def page(approval_id: UUID) -> Page:
        with database.reading() as session:
            return deciding.show(session, find(session, approval_id), utc_now())

    @blueprint.post("/approvals/<uuid:approval_id>")
    @signed_in
    def confirm(approval_id: UUID) -> Page:
        with database.reading() as session:
            return deciding.confirm(session, find(session, approval_id), utc_now())

    @blueprint.post("/approvals/<uuid:approval_id>/confirm")
    @signed_in
    def decide(approval_id: UUID) -> Page:
        return deciding.take(database, lambda session: find(session, approval_id), utc_now())

    return blueprint


def _visit(settings: Settings, session: Session, approval_id: UUID) -> Visit:
    """Returns the visit; an approval that the person was never asked about does not exist for them (404)."""
    approval = queries.find_approval(session, approval_id)
    asking = queries.asking_of_person(approval, _user_id()) if approval else None
    if approval is None or asking is None:
        abort(404)
    return Visit(
        approval=approval,
        asking=asking,
        way=Way(signed_in_as=_user_id()),
        always_sign_in=settings.link_sign_in == ALWAYS,
        display_zone=settings.display_zone,
        page_url=url_for(".page", approval_id=approval_id),
        confirm_url=url_for(".confirm", approval_id=approval_id),
        decide_url=url_for(".decide", approval_id=approval_id),
    )


def _user_id() -> str:
    person = current_person()
    if person is None:  # the guard has seen to it; a view that loses its mark must not go on
        abort(403)
    return person.user_id
