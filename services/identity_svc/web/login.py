"""The login page (access job aid 3.1, Figure 5) and the pages that it links to."""

from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from identity_svc.settings import Settings
from identity_svc.use_cases.sign_in import sign_in
from identity_svc.web import browser
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import database, settings
from shared.web.forms import Form, read_form
from shared.web.signin import safe_next

pages = Blueprint("login", __name__)

REFUSED = "The user ID or the password is not correct."


class LoginSchema(Schema):
    """The login form."""

    user_id = fields.String(required=True, error_messages={"required": "Enter your user ID."})
    password = fields.String(required=True, error_messages={"required": "Enter your password."})


@pages.get("/login")
@public("the way in")
def form() -> str:
    """Shows the login page."""
    target = _target()
    hint = parse_qs(urlsplit(target).query).get("login_hint", [""])[0]
    return _page(Form(typed={"user_id": [hint]}), target)


@pages.post("/login")
@public("the way in")
def submit() -> Response | tuple[str, int]:
    """Signs in and goes on to where the browser was sent from."""
    typed, target, now = read_form(LoginSchema()), _target(), utc_now()
    if not typed.ok:
        return _page(typed, target), 400
    with database().transaction() as session:
        # As it was typed: a password may begin or end with a space.
        account = sign_in(session, typed.value("user_id"), request.form["password"], settings(Settings).lock_rule, now)
    if account is None:
        return _page(typed.with_errors(user_id=REFUSED), target), 400
    browser.begin(account, now, target)
    return redirect(target, 303)


def _target() -> str:
    wanted = request.form.get("next") or request.args.get("next")
    return safe_next(wanted) if wanted else url_for("account.show")


def _page(typed: Form, target: str) -> str:
    return render_template("login.html", form=typed, next=target, rule=settings(Settings).lock_rule)


@pages.get("/login/help")
@public("for people who cannot log in")
def trouble() -> str:
    """Says what to do when logging in fails."""
    return render_template("login_help.html", next=_target(), rule=settings(Settings).lock_rule)


@pages.get("/sign-up")
@public("for people without an account")
def sign_up() -> str:
    """Says how an account is made."""
    return render_template("sign_up.html", next=_target())


@pages.get("/terms")
@public("what people agree to by logging in")
def terms() -> str:
    """Shows the terms of use."""
    return render_template("terms.html", next=_target())
