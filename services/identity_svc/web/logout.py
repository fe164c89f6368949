"""/logout: the holder or a client ends the sign-in here (OpenID Connect RP-Initiated Logout 1.0)."""

from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, redirect, render_template, request, url_for
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from identity_svc.web import browser, transaction
from identity_svc.web.common import provider
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import database

pages = Blueprint("logout", __name__)


@pages.get("/logout")
@public("whoever is signed in may leave")
def logout() -> Response | str:
    """Ends the sign-in when the client proves by an id token of that person that it may ask; else asks the person."""
    ending, holder = _checked_request(), browser.current(utc_now())
    if ending is None:
        return render_template("logout.html") if holder else redirect(url_for("logout.done"), 303)
    if holder and ending.id_token_claims["sub"] != holder.account.user_id:
        return render_template("logout.html")
    answer: Response | None = provider().create_endpoint_response("end_session", ending)
    return answer or redirect(url_for("logout.done"), 303)


def _checked_request() -> Any:
    """Returns the client's `EndSessionRequest`, or None when it has no id token that we signed."""
    with database().reading() as session:
        transaction.begin(session, utc_now())
        try:
            ending = provider().validate_endpoint_request("end_session")
        except (OAuth2Error, JoseError, ValueError):
            return None
    return None if ending.needs_confirmation else ending


@pages.post("/logout/confirmed")
@public("whoever is signed in may leave")
def confirmed() -> Response:
    """Ends the sign-in because its holder says so."""
    browser.end(utc_now())
    return redirect(url_for("logout.done"), 303)


@pages.get("/logged-out")
@public("says that the sign-in has ended")
def done() -> str:
    """Says that the sign-in has ended."""
    return render_template("logged_out.html")


def logout_by_post() -> Response:
    """Turns a form into the same request by GET: the session cookie does not come with another site's POST."""
    return redirect(f"{url_for('logout.logout')}?{urlencode(list(request.form.items(multi=True)))}", 303)


MACHINE_VIEWS = (logout_by_post,)
pages.post("/logout", endpoint="by_post")(public("the same as by GET")(logout_by_post))
