"""Taking an approval back within a day: one POST from the page that shows the outcome, by link or signed in."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from flask import Blueprint, redirect
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from approval_svc.domain.refusals import RefusedError, UnusableChoiceError
from approval_svc.settings import Settings
from approval_svc.use_cases.revoke_decision import revoke_decision
from approval_svc.web import deciding, visits
from approval_svc.web.deciding import Page, Visit
from approval_svc.web.visits import WHY_PUBLIC
from shared.clock import utc_now
from shared.web.access import public, signed_in
from shared.web.current import database, settings
from shared.web.forms import Form, read_form

log = structlog.get_logger(__name__)

pages = Blueprint("revoking", __name__)


class ReasonForm(Schema):
    """Why a role is taken away."""

    reason = fields.String(load_default=None)


@pages.post("/decide/<token>/revoke")
@public(WHY_PUBLIC)
def by_link(token: str) -> Page:
    """Takes the approval back for whoever opened the link."""
    return _revoke(lambda session: visits.by_link(session, token), utc_now())


@pages.post("/approvals/<uuid:approval_id>/revoke")
@signed_in
def by_person(approval_id: UUID) -> Page:
    """Takes the approval back for the signed-in official."""
    return _revoke(lambda session: visits.signed_in(session, approval_id), utc_now())


def _revoke(find: Callable[[Session], Visit], now: datetime) -> Page:
    form = read_form(ReasonForm())
    with database().reading() as session:
        visit = find(session)
        if not form.ok:
            return deciding.show(session, visit, now, form)
    try:
        _do(visit, form, now)
    except UnusableChoiceError as error:
        with database().reading() as session:
            return deciding.show(session, find(session), now, form.with_errors(reason=error.sentence))
    except RefusedError as refused:
        log.info("revocation refused", refusal=type(refused).__name__, approval_id=str(visit.approval.id))
    return redirect(visit.page_url, 303)


def _do(visit: Visit, form: Form, now: datetime) -> None:
    with database().transaction() as session:
        revoke_decision(
            session,
            visit.approval.id,
            visit.asking.official_id,
            form.data["reason"],
            visit.way,
            always_sign_in=settings(Settings).always_sign_in,
            now=now,
        )
