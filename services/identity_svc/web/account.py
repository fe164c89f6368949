"""The Account page: what the provider knows of the person who is signed in."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from identity_svc.web import browser
from shared.clock import utc_now
from shared.web.access import public

pages = Blueprint("account", __name__)


@pages.get("/")
@public("leads to a page that asks for sign-in")
def home() -> Response:
    """Leads to the Account page."""
    return redirect(url_for("account.show"))


@pages.get("/account")
@public("checks the provider's own sign-in")
def show() -> Response | str:
    """Shows the person's own information."""
    holder = browser.current(utc_now())
    if holder is None:
        return redirect(url_for("login.form", next=url_for("account.show")), 303)
    return render_template("account.html", account=holder.account)
