"""The mailbox page and its JSON: every mail, newest first.

Mails are shown without trusting them: their HTML lies in a frame of its own that may run nothing and load nothing.
"""

from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue

from deploy.local.mailbox.mail import Mail
from deploy.local.mailbox.store import MailStore

SHOWN_AT_ONCE = 200
EVER = datetime.min.replace(tzinfo=UTC)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Links in a mail open in a window of their own; mails style themselves inline, as mail programs demand.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

pages = Blueprint("mailbox", __name__)


def create_app(store: MailStore, assets: Path) -> Flask:
    """Returns the web application that shows `store`; `assets` is the dist folder of the U.S. Web Design System."""
    app = Flask(__name__)
    # Other names that lead to this machine are how a hostile page would reach in.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.extensions["mailbox"] = store
    app.add_url_rule(
        "/assets/<path:path>", "assets", lambda path: send_from_directory(assets.resolve(), path, max_age=3600)
    )
    app.register_blueprint(pages)
    return app


@pages.get("/")
def inbox() -> str:
    """Lists the newest mails, those of one recipient when `to` names a part of an address."""
    wanted = request.args.get("to", "").strip()
    found = [mail for mail in _store().mails() if _has_recipient_like(mail, wanted)]
    return render_template("inbox.html", mails=found[:SHOWN_AT_ONCE], found=len(found), wanted=wanted)


@pages.get("/mails/<mail_id>")
def show(mail_id: str) -> str:
    """Shows one mail: its headers, its text with links to click, its HTML in a frame."""
    return render_template("mail.html", mail=_mail(mail_id))


@pages.get("/mails/<mail_id>/html")
def html(mail_id: str) -> Response:
    """Returns the HTML of a mail for the frame."""
    body = _mail(mail_id).html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(body, mimetype="text/html", headers={"Content-Security-Policy": MAIL_POLICY})


@pages.get("/mails/<mail_id>/source")
def source(mail_id: str) -> Response:
    """Returns a mail byte for byte."""
    return Response(_mail(mail_id).source, mimetype="text/plain")


@pages.get("/api/mails")
def list_mails() -> ResponseReturnValue:
    """Returns the mails as JSON, newest first.

    `to` asks for one recipient's whole address; `since` for mails received at that time (ISO 8601) or later.
    """
    try:
        since = _time(request.args.get("since"))
    except ValueError:
        return jsonify(error="since must be a time such as 2026-11-23T14:05:00Z"), 400
    recipient = request.args.get("to")
    found = [mail for mail in _store().mails() if mail.received_at >= since]
    return jsonify([_as_json(mail) for mail in found if not recipient or mail.is_to(recipient)])


@pages.delete("/api/mails")
def clear() -> ResponseReturnValue:
    """Removes every mail."""
    _store().clear()
    return "", 204


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answers while the mailbox runs."""
    return jsonify(status="ok")


@pages.after_app_request
def protect(response: Response) -> Response:
    """Says what a page may load, and that nobody guesses types."""
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _store() -> MailStore:
    store: MailStore = current_app.extensions["mailbox"]
    return store


def _mail(mail_id: str) -> Mail:
    return _store().find(mail_id) or abort(404)


def _has_recipient_like(mail: Mail, part: str) -> bool:
    return any(part.casefold() in recipient.casefold() for recipient in mail.recipients)


def _time(text: str | None) -> datetime:
    """Returns the time that `text` names, UTC where it names no zone; raises `ValueError`."""
    if not text:
        return EVER
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _as_json(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "from": mail.sender,
        "to": mail.recipients,
        "subject": mail.subject,
        "message_id": mail.message_id,
        "text": mail.text,
        "html": mail.html,
        "headers": mail.headers,
    }
