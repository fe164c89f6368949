"""…/comment of a decision page: a comment for everybody, the requester too, or for officials only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from approval_svc.domain.talking import NO_COMMENT
from approval_svc.settings import Settings
from approval_svc.use_cases.comment import comment
from approval_svc.web import talking, visits
from approval_svc.web.deciding import Page, Visit
from shared.clock import utc_now
from shared.ids import new_id
from shared.web.access import public, signed_in
from shared.web.current import database, settings
from shared.web.forms import Form

pages = Blueprint("commenting", __name__)

OFFICIALS, EVERYBODY = "officials", "everybody"
WHOM = "Select who may read it"
OPEN_AGAIN = "Open this page again"


class CommentForm(Schema):
    """The comment, and who may read it; `form_id` is another one each time that the page is opened."""

    text = talking.text_field(NO_COMMENT)
    readers = fields.String(
        required=True,
        validate=validate.OneOf([OFFICIALS, EVERYBODY], error=WHOM),
        error_messages={"required": WHOM},
    )
    form_id = fields.UUID(load_default=None, error_messages={"invalid_uuid": OPEN_AGAIN})


@pages.get("/decide/<token>/comment")
@public(visits.WHY_PUBLIC)
def by_link(token: str) -> Page:
    """Shows the form to whoever opened the emailed link."""
    with database().reading() as session:
        return _show(session, visits.by_link(session, token), utc_now(), Form())


@pages.post("/decide/<token>/comment")
@public(visits.WHY_PUBLIC)
def send_by_link(token: str) -> Page:
    """Keeps the comment of whoever opened the emailed link."""
    now = utc_now()
    return talking.send(lambda session: visits.by_link(session, token), CommentForm(), _show, _deed(now), now)


@pages.get("/approvals/<uuid:approval_id>/comment")
@signed_in
def by_sign_in(approval_id: UUID) -> Page:
    """Shows the form to the signed-in official."""
    with database().reading() as session:
        return _show(session, visits.signed_in(session, approval_id), utc_now(), Form())


@pages.post("/approvals/<uuid:approval_id>/comment")
@signed_in
def send_by_sign_in(approval_id: UUID) -> Page:
    """Keeps the comment of the signed-in official."""
    now = utc_now()
    return talking.send(lambda session: visits.signed_in(session, approval_id), CommentForm(), _show, _deed(now), now)


def _show(_session: Session, visit: Visit, now: datetime, form: Form) -> Page:
    requester = visit.approval.request.requester_name
    readers = [
        (OFFICIALS, "Security Officials only", f"{requester} never sees it."),
        (EVERYBODY, f"Everybody, {requester} too", "It is shown on My Profile."),
    ]
    # A form that comes back with an error is the same form still.
    form_id = new_id() if "form_id" in form.errors else form.value("form_id") or new_id()
    return talking.page(visit, now, form, "talk/comment.html", readers=readers, form_id=form_id)


def _deed(now: datetime) -> talking.Deed:
    def deed(session: Session, visit: Visit, data: Mapping[str, Any]) -> None:
        comment(
            session,
            visit.approval.id,
            visit.asking.official_id,
            data["text"],
            visit.way,
            for_officials=data["readers"] == OFFICIALS,
            always_sign_in=settings(Settings).always_sign_in,
            now=now,
            form_id=data["form_id"],
        )

    return deed
