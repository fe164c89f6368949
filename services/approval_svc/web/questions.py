"""POST …/question of a decision page: a question goes to the requester. It decides nothing."""

from collections.abc import Callable
from uuid import UUID

import structlog
from flask import Blueprint, redirect
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from approval_svc import reference
from approval_svc.domain.questions import Inquiry, checked
from approval_svc.domain.refusals import QuestionOpenError, RefusedError, UnusableChoiceError
from approval_svc.settings import Settings
from approval_svc.use_cases.ask_requester import ask_requester
from approval_svc.web import deciding, visits
from approval_svc.web.deciding import Page, Visit
from shared.clock import utc_now
from shared.web.access import public, signed_in
from shared.web.current import database, settings
from shared.web.forms import Form, read_form

log = structlog.get_logger(__name__)

pages = Blueprint("questions", __name__)

WAITS_ALREADY = "A question waits for its answer already. Yours can be sent when it has come, or when time is up for it"


class QuestionForm(Schema):
    """What the official asks, and the fields that the requester may correct with the answer."""

    question = fields.String(load_default="")
    correct = fields.List(fields.String(), load_default=list)


@pages.post("/decide/<token>/question")
@public(visits.WHY_PUBLIC)
def by_link(token: str) -> Page:
    """Asks, for whoever opened the emailed link."""
    return _ask(lambda session: visits.by_link(session, token))


@pages.post("/approvals/<uuid:approval_id>/question")
@signed_in
def by_sign_in(approval_id: UUID) -> Page:
    """Asks, for the signed-in official."""
    return _ask(lambda session: visits.signed_in(session, approval_id))


def _ask(find: Callable[[Session], Visit]) -> Page:
    """Puts the question; whatever comes of it is shown by the page that the browser is sent on to."""
    now = utc_now()
    with database().reading() as session:
        visit = find(session)
        form, inquiry = _read(visit)
        if inquiry is None:
            return deciding.show(session, visit, now, form)
    try:
        with database().transaction() as session:
            ask_requester(
                session,
                visit.approval.id,
                visit.asking.official_id,
                inquiry,
                visit.way,
                always_sign_in=settings(Settings).always_sign_in,
                now=now,
            )
    except QuestionOpenError:
        with database().reading() as session:
            return deciding.show(session, find(session), now, form.with_errors(question=WAITS_ALREADY))
    except RefusedError as refused:
        log.info("question refused", refusal=type(refused).__name__, approval_id=str(visit.approval.id))
    return redirect(f"{visit.page_url}#questions", 303)


def _read(visit: Visit) -> tuple[Form, Inquiry | None]:
    form = read_form(QuestionForm())
    if not form.ok:
        return form, None
    inquiry = Inquiry(text=form.data["question"], fields=tuple(form.data["correct"]))
    try:
        return form, checked(inquiry, reference.correctable(visit.approval.request.role_id))
    except UnusableChoiceError as error:
        return form.with_errors(**{error.field: error.sentence}), None
