"""…/opinion of a decision page: what another official thinks is asked, and the decision is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from approval_svc.domain.talking import NO_QUESTION
from approval_svc.settings import Settings
from approval_svc.use_cases.ask_opinion import ask_opinion
from approval_svc.web import presenting_talk, talking, visits
from approval_svc.web.deciding import Page, Visit
from shared.clock import utc_now
from shared.web.access import public, signed_in
from shared.web.current import database, settings
from shared.web.forms import Form, read_query

pages = Blueprint("asking_in", __name__)

LONGEST_SEARCH = 100


class OpinionForm(Schema):
    """Who is asked, by user id, and what."""

    adviser = fields.String(required=True, error_messages={"required": "Select an official"})
    question = talking.text_field(NO_QUESTION)


class FindForm(Schema):
    """Whom the official looks for."""

    find = fields.String(
        load_default="", validate=validate.Length(max=LONGEST_SEARCH, error="Look for something shorter")
    )


@pages.get("/decide/<token>/opinion")
@public(visits.WHY_PUBLIC)
def by_link(token: str) -> Page:
    """Shows who can be asked, to whoever opened the emailed link."""
    with database().reading() as session:
        return _show(session, visits.by_link(session, token), utc_now(), Form())


@pages.post("/decide/<token>/opinion")
@public(visits.WHY_PUBLIC)
def send_by_link(token: str) -> Page:
    """Asks, for whoever opened the emailed link."""
    now = utc_now()
    return talking.send(lambda session: visits.by_link(session, token), OpinionForm(), _show, _deed(now), now)


@pages.get("/approvals/<uuid:approval_id>/opinion")
@signed_in
def by_sign_in(approval_id: UUID) -> Page:
    """Shows who can be asked, to the signed-in official."""
    with database().reading() as session:
        return _show(session, visits.signed_in(session, approval_id), utc_now(), Form())


@pages.post("/approvals/<uuid:approval_id>/opinion")
@signed_in
def send_by_sign_in(approval_id: UUID) -> Page:
    """Asks, for the signed-in official."""
    now = utc_now()
    return talking.send(lambda session: visits.signed_in(session, approval_id), OpinionForm(), _show, _deed(now), now)


def _show(session: Session, visit: Visit, now: datetime, form: Form) -> Page:
    query = read_query(FindForm())
    wanted = query.data.get("find", "")
    advisers, absent = ([], []) if visit.refusal(now) else presenting_talk.advisers(session, visit, wanted)
    form = form.with_errors(**query.errors)
    return talking.page(
        visit, now, form, "talk/opinion.html", advisers=advisers, absent=absent, query=query, wanted=wanted
    )


def _deed(now: datetime) -> talking.Deed:
    def deed(session: Session, visit: Visit, data: Mapping[str, Any]) -> None:
        ask_opinion(
            session,
            visit.approval.id,
            visit.asking.official_id,
            data["adviser"],
            data["question"],
            visit.way,
            always_sign_in=settings(Settings).always_sign_in,
            at_most=settings(Settings).link_lifetime,
            now=now,
        )

    return deed
