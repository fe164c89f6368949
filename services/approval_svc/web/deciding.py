"""Deciding, whichever way the official came: the page, the confirmation, the decision, what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask import redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import absence_queries, grant_queries, queries, talking_queries
from approval_svc.domain.approvals import Approval, Way
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    LinkExpiredError,
    NotAskedError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
    RequestExpiredError,
    RequestWithdrawnError,
    SignInRequiredError,
    SomebodyElseError,
)
from approval_svc.settings import Settings
from approval_svc.tables import ApprovalRow, AskingRow
from approval_svc.use_cases import decide, revoke_decision
from approval_svc.use_cases.term import term_of
from approval_svc.web import presenting, presenting_ends, zones
from approval_svc.web.forms import read_choice
from shared.web.current import database, settings
from shared.web.forms import Form

log = structlog.get_logger(__name__)

Page = Response | tuple[str, int] | str

PAGES: dict[type[RefusedError], tuple[str, int]] = {
    AlreadyDecidedError: ("outcome.html", 200),
    RequestWithdrawnError: ("outcome.html", 200),
    RequestExpiredError: ("outcome.html", 200),
    SignInRequiredError: ("sign_in_required.html", 200),
    SomebodyElseError: ("somebody_else.html", 403),
    OwnRequestError: ("own_request.html", 403),
    OfficialRemovedError: ("removed.html", 410),
    NotAskedError: ("not_asked.html", 410),
    LinkExpiredError: ("link_expired.html", 410),
}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An official at an approval: how they came, and where the forms of the page lead."""

    approval: ApprovalRow
    asking: AskingRow
    way: Way
    page_url: str
    confirm_url: str
    decide_url: str
    new_link_url: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """By whose clock the official reads."""
        return zones.of_official(self.asking.official, self.approval.organization_time_zone)

    def refusal(self, now: datetime) -> RefusedError | None:
        """Returns why the official may not decide now, or None."""
        return self._standing().refusal(decide.decider_of(self.asking, self.way), now)

    def shows_talk(self, now: datetime) -> bool:
        """Whether the page of the outcome shows what was said, and by whom."""
        return self._standing().shows_talk(decide.decider_of(self.asking, self.way), now)

    def _standing(self) -> Approval:
        needed = decide.needs_sign_in(self.approval.request, always=settings(Settings).always_sign_in)
        return queries.as_domain(self.approval, needs_sign_in=needed)


def show(session: Session, visit: Visit, now: datetime, form: Form | None = None) -> Page:
    """Returns the page with both forms, or the page that says why there is nothing to decide."""
    if refused := visit.refusal(now):
        return _refused(session, visit, refused, now, form)
    context = presenting.decision_page(session, visit.approval, visit.asking, visit.zone, now)
    context |= {"term": term_of(visit.approval, now)}
    status = 422 if form and form.errors else 200
    return render_template("decide.html", visit=visit, form=form or Form(), **context), status


def confirm(session: Session, visit: Visit, now: datetime) -> Page:
    """Returns the page that says what will happen. Changes nothing."""
    if visit.refusal(now):
        return redirect(visit.page_url, 303)
    form, choice = read_choice(decide.offer_of(visit.approval.request), term_of(visit.approval, now))
    if choice is None or "change" in request.form:
        return show(session, visit, now, form)
    context = presenting.confirmation(visit.approval, visit.asking, choice)
    context |= presenting_ends.confirmation(visit.approval, choice, visit.zone, now)
    return render_template("confirm.html", visit=visit, form=form, choice=choice, **context)


def take(find: Callable[[Session], Visit], now: datetime) -> Page:
    """Takes the decision; whatever comes of it is shown by the page that the browser is sent on to."""
    with database().reading() as session:
        visit = find(session)
        form, choice = read_choice(decide.offer_of(visit.approval.request), term_of(visit.approval, now))
        if choice is None:
            return show(session, visit, now, form)
    try:
        with database().transaction() as session:
            decide.decide(
                session,
                visit.approval.id,
                visit.asking.official_id,
                choice,
                visit.way,
                always_sign_in=settings(Settings).always_sign_in,
                now=now,
            )
    except RefusedError as refused:
        log.info("decision refused", refusal=type(refused).__name__, approval_id=str(visit.approval.id))
    return redirect(visit.page_url, 303)


def _revocation(session: Session, visit: Visit, now: datetime) -> dict[str, Any]:
    """Returns what the page of the outcome shows of taking an approval back."""
    grant = grant_queries.grant_of(session, visit.approval)
    always = settings(Settings).always_sign_in
    refused = revoke_decision.refusal(visit.approval, visit.asking, grant, visit.way, always_sign_in=always, now=now)
    return presenting_ends.revocation(visit.approval, refused, visit.page_url)


def _refused(session: Session, visit: Visit, refused: RefusedError, now: datetime, form: Form | None) -> Page:
    template, status = PAGES[type(refused)]
    context: dict[str, Any] = {"visit": visit, "official": visit.asking.official}
    if template == "outcome.html":
        context |= presenting.outcome(session, visit.approval, visit.asking, visit.zone)
        context["shows_talk"] = visit.shows_talk(now)
        context |= _revocation(session, visit, now) | {"form": form or Form()}
        status = 422 if form and form.errors else status
    if template == "not_asked.html":
        context["handed"] = talking_queries.handed_over_by(session, visit.approval, visit.asking.official_id)
        absences = absence_queries.open_absences_of(session, visit.asking.official.user_id)
        context["absence"] = next((each for each in absences if each.is_in_force), None)
    if template == "link_expired.html":
        context["mailed"] = visit.asking.links_expire_at > now
    return render_template(template, **context), status
