"""What operations look at: why a request is where it is, what nobody can decide, who the officials are."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from approval_svc import deadline_queries, mail_queries, organization_queries, queries, reference
from approval_svc.settings import Settings
from approval_svc.use_cases.explain_request import explain_request
from approval_svc.web import directory, presenting, trail
from approval_svc.web.forms import NO_SUCH_REQUEST, ExplainForm
from shared.clock import utc_now
from shared.web.access import operations
from shared.web.current import database, settings
from shared.web.forms import Form, read_query

MOST_NAMES = 60
"""Organizations without officials that are named, for each kind; real provider lists have thousands."""


Page = Response | tuple[str, int]

pages = Blueprint("operations", __name__, url_prefix="/operations")


@pages.get("")
@operations
def index() -> Page:
    """Shows the ways to what operations look at, and leads to the explanation of a request by its id."""
    form = read_query(ExplainForm())
    if "request" not in request.args:
        return _index(Form(), 200)
    if not form.ok:
        return _index(form, 422)
    with database().reading() as session:
        found = queries.find_request(session, form.data["request_id"])
    if found is None:
        return _index(form.with_errors(request=NO_SUCH_REQUEST), 404)
    return redirect(url_for("operations.explanation", request_id=found.id), 303)


def _index(form: Form, status: int) -> tuple[str, int]:
    with database().reading() as session:
        waiting, dead = len(queries.unroutable(session)), len(queries.refused_addresses(session))
        stuck = len(deadline_queries.stuck(session))
        undelivered = mail_queries.count_undelivered(session)
    page = render_template(
        "operations.html",
        form=form,
        waiting=waiting,
        dead=dead,
        stuck=stuck,
        undelivered=undelivered,
        notify_url=settings(Settings).notify_public_url,
        request_url=settings(Settings).request_public_url,
    )
    return page, status


@pages.get("/requests/<uuid:request_id>/explain")
@operations
def explanation(request_id: UUID) -> str:
    """Shows who could decide a request and why, and what happened to it."""
    with database().reading() as session:
        found, row = explain_request(session, request_id), queries.find_request(session, request_id)
        if found is None or row is None:
            abort(404)
        history, lines = queries.history_of(session, request_id), trail.of_request(session, row)
        return render_template("operations_explain.html", found=found, history=history, lines=lines)


@pages.get("/unroutable")
@operations
def unroutable() -> str:
    """Shows what nobody can decide now, and for how long."""
    now = utc_now()
    with database().reading() as session:
        waiting = queries.unroutable(session)
        ages = {approval.id: presenting.age(approval.state_since, now) for approval in waiting}
        gone = {each.id for each in waiting if not reference.is_known(each.request.role_id, each.request.survey_for)}
        return render_template("operations_unroutable.html", waiting=waiting, ages=ages, role_is_gone=gone)


@pages.get("/stuck")
@operations
def stuck() -> str:
    """Shows what nobody decides although every authority was asked: operations talk to people, or find others."""
    now = utc_now()
    with database().reading() as session:
        waiting = deadline_queries.stuck(session)
        ages = {approval.id: presenting.age(approval.stuck_since or now, now) for approval in waiting}
        asked = {each.id: [one.official.name for one in queries.live_askings(each)] for each in waiting}
        ends = deadline_queries.expiries(session, waiting)
        return render_template("operations_stuck.html", waiting=waiting, ages=ages, asked=asked, ends=ends)


@pages.get("/officials")
@operations
def officials() -> str:
    """Shows the directory by authority, and the organizations that have nobody in it."""
    with database().reading() as session:
        found, named = queries.all_officials(session), organization_queries.organizations_named(session)
    groups = directory.groups(found, named)
    return render_template(
        "operations_officials.html",
        groups=groups,
        short=[group.name for group in groups if group.is_short],
        without=directory.without_officials(found, named),
        recommended=directory.RECOMMENDED_OFFICIALS,
        most_names=MOST_NAMES,
    )
