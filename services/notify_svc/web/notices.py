"""The ledger of notices and the preview of their templates."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from notify_svc.domain.bounces import Source
from notify_svc.domain.notices import State
from notify_svc.emails import EMAILS
from notify_svc.mail.render import Rendered, Renderer
from notify_svc.queries import PAGE, count_by_state, find_notice, find_notices
from notify_svc.use_cases.send_again import ENDED_UNDELIVERED, NotUndeliveredError, send_again
from notify_svc.web import preview
from notify_svc.web.forms import FilterForm
from shared.clock import utc_now
from shared.logs import mask
from shared.web.access import operations
from shared.web.current import database
from shared.web.factory import POLICY
from shared.web.forms import Form, read_query

pages = Blueprint("notices", __name__)

SOURCES = {
    Source.SES: "Amazon SES",
    Source.SENDGRID: "SendGrid",
    Source.MAILGUN: "Mailgun",
    Source.POSTMARK: "Postmark",
    Source.MAILBOX: "Returned mail",
}
"""Who tells of bounces, as operations know them."""


def _rendered(name: str) -> Rendered:
    renderer: Renderer = current_app.extensions["notify_svc.renderer"]
    if name not in EMAILS:
        abort(404)
    return renderer.render(name, EMAILS[name].sample)


@pages.get("/")
@operations
def ledger() -> tuple[str, int]:
    """Shows the notices, newest first, with filters."""
    form = read_query(FilterForm())
    with database().reading() as session:
        counts = count_by_state(session)
        found = find_notices(session, form.data["filter"], PAGE + 1) if form.ok else []
    page, more = found[:PAGE], len(found) > PAGE
    content = render_template(
        "ledger.html",
        form=form,
        counts=counts,
        notices=page,
        states=[(state.value, state.value.capitalize()) for state in State],
        older=_older(form, page[-1].id) if more else None,
        is_first=not form.value("before"),
        mask=mask,
    )
    return content, 200 if form.ok else 422


def _older(form: Form, last: UUID) -> str:
    kept = {name: form.value(name) for name in ("state", "request", "recipient") if form.value(name)}
    return "?" + urlencode({**kept, "before": str(last)})


@pages.get("/notices/<uuid:notice_id>")
@operations
def notice(notice_id: UUID) -> str:
    """Shows one notice with every try to deliver it, and the whole address: it is what an answer speaks of."""
    with database().reading() as session:
        found = find_notice(session, notice_id)
    if found is None:
        abort(404)
    return render_template(
        "notice.html",
        notice=found,
        email=EMAILS.get(found.template),
        sources=SOURCES,
        can_send_again=found.state in ENDED_UNDELIVERED,
        again=request.args.get("again", ""),
    )


@pages.get("/notices/<uuid:notice_id>/send-again")
@operations
def confirm_send_again(notice_id: UUID) -> str | Response:
    """Asks whether a notice that did not arrive is to be sent again; leads back when there is nothing to send."""
    with database().reading() as session:
        found = find_notice(session, notice_id)
    if found is None:
        abort(404)
    if found.state not in ENDED_UNDELIVERED:
        return redirect(url_for(".notice", notice_id=notice_id, again="before"), 303)
    return render_template("send_again.html", notice=found)


@pages.post("/notices/<uuid:notice_id>/send-again")
@operations
def send_notice_again(notice_id: UUID) -> Response:
    """Queues the notice again; leads back to its page."""
    try:
        with database().transaction() as session:
            send_again(session, notice_id, utc_now())
    except NotUndeliveredError:
        return redirect(url_for(".notice", notice_id=notice_id, again="before"), 303)
    return redirect(url_for(".notice", notice_id=notice_id, again="now"), 303)


@pages.get("/templates")
@operations
def templates() -> str:
    """Shows every email with its subject, as sample data fill it."""
    subjects = {name: _rendered(name).subject for name in EMAILS}
    return render_template("templates.html", emails=EMAILS.values(), subjects=subjects)


@pages.get("/templates/<name>")
@operations
def template(name: str) -> Response:
    """Shows one email as text and as HTML; the HTML stands in a frame that may do nothing."""
    rendered = _rendered(name)
    response = make_response(render_template("template.html", email=EMAILS[name], rendered=rendered))
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response


@pages.get("/templates/<name>/html")
@operations
def template_html(name: str) -> Response:
    """Returns the HTML part alone, for the frame."""
    html = _rendered(name).html
    response = make_response(html)
    response.headers["Content-Security-Policy"] = preview.policy(html)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
