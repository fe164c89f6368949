"""…/hand-over of a decision page, and handing over many of a list: to another official who can decide, with a note."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from approval_svc.domain.talking import LONGEST_TEXT, NO_NOTE
from approval_svc.settings import Settings
from approval_svc.use_cases.each_alone import Results
from approval_svc.use_cases.hand_over import hand_over
from approval_svc.use_cases.hand_over_many import hand_over_many
from approval_svc.web import presenting_talk, talking, visits
from approval_svc.web.acts import Act, Visits, chosen, out_of_patience
from approval_svc.web.deciding import Page, Visit
from shared.clock import utc_now
from shared.web.access import public, signed_in
from shared.web.current import database, settings
from shared.web.forms import Form, read_form

pages = Blueprint("handing_over", __name__)

NOBODY_CHOSEN = "Select an official"


class HandOverForm(Schema):
    """Who receives it, by user id, and the note for them."""

    receiver = fields.String(required=True, error_messages={"required": NOBODY_CHOSEN})
    note = talking.text_field(NO_NOTE)


@pages.get("/decide/<token>/hand-over")
@public(visits.WHY_PUBLIC)
def by_link(token: str) -> Page:
    """Shows to whom the request can be handed over, to whoever opened the emailed link."""
    with database().reading() as session:
        return _show(session, visits.by_link(session, token), utc_now(), Form())


@pages.post("/decide/<token>/hand-over")
@public(visits.WHY_PUBLIC)
def send_by_link(token: str) -> Page:
    """Hands it over, for whoever opened the emailed link."""
    now = utc_now()
    return talking.send(lambda session: visits.by_link(session, token), HandOverForm(), _show, _deed(now), now)


@pages.get("/approvals/<uuid:approval_id>/hand-over")
@signed_in
def by_sign_in(approval_id: UUID) -> Page:
    """Shows to whom the request can be handed over, to the signed-in official."""
    with database().reading() as session:
        return _show(session, visits.signed_in(session, approval_id), utc_now(), Form())


@pages.post("/approvals/<uuid:approval_id>/hand-over")
@signed_in
def send_by_sign_in(approval_id: UUID) -> Page:
    """Hands it over, for the signed-in official."""
    now = utc_now()
    return talking.send(lambda session: visits.signed_in(session, approval_id), HandOverForm(), _show, _deed(now), now)


def _show(session: Session, visit: Visit, now: datetime, form: Form) -> Page:
    receivers = [] if visit.refusal(now) else presenting_talk.receivers(session, [visit])
    return talking.page(visit, now, form, "talk/hand_over.html", receivers=receivers)


def _deed(now: datetime) -> talking.Deed:
    def deed(session: Session, visit: Visit, data: Mapping[str, Any]) -> None:
        _hand_over(session, visit, data, now)

    return deed


def _hand_over(session: Session, visit: Visit, data: Mapping[str, Any], now: datetime) -> None:
    hand_over(
        session,
        visit.approval.id,
        visit.asking.official_id,
        data["receiver"],
        data["note"],
        visit.way,
        always_sign_in=settings(Settings).always_sign_in,
        at_most=settings(Settings).link_lifetime,
        now=now,
    )


def _read(_session: Session, _visits: Visits) -> tuple[Form, Mapping[str, Any] | None]:
    form = read_form(HandOverForm())
    return form, form.data if form.ok else None


def _hand_over_each(visits: Visits, data: Mapping[str, Any], now: datetime) -> Results:
    return hand_over_many(
        database().transaction,
        chosen(visits),
        data["receiver"],
        data["note"],
        always_sign_in=settings(Settings).always_sign_in,
        at_most=settings(Settings).link_lifetime,
        now=now,
        enough=out_of_patience(),
    )


def _choices(session: Session, visits: Sequence[Visit]) -> Mapping[str, Any]:
    return {"receivers": presenting_talk.receivers(session, visits), "longest": LONGEST_TEXT}


HAND_OVER = Act(
    id="hand-over",
    verb="hand over",
    done="handed over",
    read=_read,
    refusal=lambda visit, now: visit.refusal(now),
    do=_hand_over_each,
    effects=lambda _visits: (
        "They wait for that official instead of you, who gets one mail that lists them, with your note.",
        "What the official cannot decide stays with you, and the report says so.",
        "Others who were asked stay asked.",
    ),
    template="many/hand_over.html",
    context=_choices,
)
"""Handing over as an act of a list."""
