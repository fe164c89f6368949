"""/opinion: an official who was asked what they think reads the request and answers. Nothing else opens to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, abort, redirect, render_template, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session

from approval_svc import talking_queries
from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import (
    LinkExpiredError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
    SignInRequiredError,
    SomebodyElseError,
    UnusableChoiceError,
)
from approval_svc.domain.routing import is_same
from approval_svc.domain.talking import LONGEST_TEXT, NO_OPINION
from approval_svc.settings import Settings
from approval_svc.tables import OpinionRow
from approval_svc.use_cases.give_opinion import give_opinion, refusal
from approval_svc.web import presenting, visits, zones
from approval_svc.web.deciding import Page
from approval_svc.web.talking import text_field
from shared import opinion_links
from shared.clock import format_instant, utc_now
from shared.web.access import public, signed_in
from shared.web.current import database, settings
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

log = structlog.get_logger(__name__)

pages = Blueprint("opinions", __name__)

WHY_PUBLIC = "the signed link names the question, which opens to be read and answered, and nothing else"
REFUSALS: dict[type[RefusedError], tuple[str, int]] = {
    SignInRequiredError: ("talk/opinion_sign_in.html", 200),
    SomebodyElseError: ("somebody_else.html", 403),
    OwnRequestError: ("own_request.html", 403),
    OfficialRemovedError: ("removed.html", 410),
    LinkExpiredError: ("talk/opinion_link_expired.html", 410),
}
"""What is shown to whoever may not even read; the others see what became of their opinion."""


class AnswerForm(Schema):
    """What the official thinks."""

    answer = text_field(NO_OPINION)


@dataclass(frozen=True, kw_only=True)
class Call:
    """Somebody at a question that was put to them: how they came, and where the page's form leads."""

    opinion: OpinionRow
    way: Way
    page_url: str

    @property
    def zone(self) -> ZoneInfo:
        """By whose clock the official reads."""
        return zones.of_official(self.opinion.official, self.opinion.approval.organization_time_zone)


@pages.get("/my-opinions")
@signed_in
def index() -> str:
    """Shows the questions that wait for the person's answer."""
    with database().reading() as session:
        wanted = talking_queries.opinions_wanted_from(session, signed_in_person().user_id)
        return render_template("talk/my_opinions.html", wanted=wanted)


@pages.get("/opinion/<opinion_token>")
@public(WHY_PUBLIC)
def by_link(opinion_token: str) -> Page:
    """Shows the question to whoever opened the emailed link."""
    with database().reading() as session:
        return _show(session, _by_link(session, opinion_token), utc_now())


@pages.post("/opinion/<opinion_token>")
@public(WHY_PUBLIC)
def answer_by_link(opinion_token: str) -> Page:
    """Takes the answer of whoever opened the emailed link."""
    return _take(lambda session: _by_link(session, opinion_token), utc_now())


@pages.get("/my-opinions/<uuid:opinion_id>")
@signed_in
def by_sign_in(opinion_id: UUID) -> Page:
    """Shows the question to the signed-in official."""
    with database().reading() as session:
        return _show(session, _signed_in(session, opinion_id), utc_now())


@pages.post("/my-opinions/<uuid:opinion_id>")
@signed_in
def answer_by_sign_in(opinion_id: UUID) -> Page:
    """Takes the answer of the signed-in official."""
    return _take(lambda session: _signed_in(session, opinion_id), utc_now())


def _by_link(session: Session, token: str) -> Call:
    try:
        link = opinion_links.read(settings(Settings).link_signing_keys, token)
    except opinion_links.AlteredLinkError as error:
        raise visits.UnusableLinkError from error
    opinion = talking_queries.find_opinion(session, link.opinion_id)
    if opinion is None:
        raise visits.UnusableLinkError
    way = Way(link_ends=link.expires_at, signed_in_as=visits.signed_in_as())
    return Call(opinion=opinion, way=way, page_url=url_for(".by_link", opinion_token=token))


def _signed_in(session: Session, opinion_id: UUID) -> Call:
    """Returns the call of the signed-in person; a question to somebody else does not exist for them (404)."""
    user_id = signed_in_person().user_id
    opinion = talking_queries.find_opinion(session, opinion_id)
    if opinion is None or not is_same(opinion.official.user_id, user_id):
        abort(404)
    url = url_for(".by_sign_in", opinion_id=opinion_id)
    return Call(opinion=opinion, way=Way(signed_in_as=user_id), page_url=url)


def _refusal(call: Call, now: datetime) -> RefusedError | None:
    return refusal(call.opinion, call.way, always_sign_in=settings(Settings).always_sign_in, now=now)


def _show(session: Session, call: Call, now: datetime, form: Form | None = None) -> Page:
    refused, opinion = _refusal(call, now), call.opinion
    if refused is not None and type(refused) in REFUSALS:
        template, status = REFUSALS[type(refused)]
        return render_template(template, official=opinion.official, visit=call), status
    shown = render_template(
        "talk/give_opinion.html",
        call=call,
        form=form or Form(),
        opinion=opinion,
        may_answer=refused is None,
        approval=opinion.approval,
        request_row=opinion.approval.request,
        facts=presenting.facts(opinion.approval),
        at=partial(format_instant, zone=call.zone),
        longest=LONGEST_TEXT,
    )
    return shown, 422 if form and form.errors else 200


def _take(find: Callable[[Session], Call], now: datetime) -> Page:
    """Takes the answer; whatever comes of it is shown by the page that the browser is sent on to."""
    form = read_form(AnswerForm())
    with database().reading() as session:
        call = find(session)
        if not form.ok:
            return _show(session, call, now, form)
    try:
        with database().transaction() as session:
            give_opinion(
                session,
                call.opinion.id,
                form.data["answer"],
                call.way,
                always_sign_in=settings(Settings).always_sign_in,
                at_most=settings(Settings).link_lifetime,
                now=now,
            )
    except UnusableChoiceError as error:
        with database().reading() as session:
            return _show(session, find(session), now, form.with_errors(**{error.field: error.sentence}))
    except RefusedError as refused:
        log.info("opinion refused", refusal=type(refused).__name__, opinion_id=str(call.opinion.id))
    return redirect(call.page_url, 303)
