"""/authorize: a client sends a browser to have its user signed in (OpenID Connect Core 1.0, section 3.1.2)."""

from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from identity_svc.settings import Settings
from identity_svc.web import browser
from identity_svc.web.browser import SignedInHere
from identity_svc.web.code_grant import max_age
from identity_svc.web.common import provider
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import settings

pages = Blueprint("authorization", __name__)
ASKS_FOR_PASSWORD = {"login", "select_account"}


@pages.get("/authorize")
@public("sends to the login page who is not signed in")
def authorize() -> Response | tuple[str, int]:
    """Sends the browser back with a code, with an error, or to the login page first."""
    fresh = browser.signed_in_for_this()
    holder = _recent_enough(fresh)
    try:
        grant = provider().get_consent_grant(end_user=holder)
    except (OAuth2Error, ValueError) as error:
        return _refused(error)
    if holder is None or (grant.prompt in ASKS_FOR_PASSWORD and not fresh):
        return redirect(url_for("login.form", next=request.full_path), 303)
    answer: Response = provider().create_authorization_response(grant_user=holder, grant=grant)
    return answer


def authorize_by_post() -> Response:
    """Turns a form into the same request by GET: the session cookie does not come with another site's POST."""
    return redirect(f"{url_for('authorization.authorize')}?{urlencode(list(request.form.items(multi=True)))}", 303)


def _recent_enough(fresh: bool) -> SignedInHere | None:
    holder, most_seconds = browser.current(utc_now()), max_age(request.args.get("max_age", ""))
    if holder is None or fresh or most_seconds is None:
        return holder
    return holder if holder.age_seconds(utc_now()) <= most_seconds else None


def _refused(error: Exception) -> Response | tuple[str, int]:
    """Tells the client, or the person where it is not sure that the address is the client's.

    Authlib raises a bare ValueError where a refusal would repeat characters that an error may not hold.
    """
    if not (isinstance(error, OAuth2Error) and error.redirect_uri):
        return render_template("sign_in_refused.html", error=getattr(error, "error", "invalid_request")), 400
    answer: Response = provider().handle_error_response(None, error)
    return redirect(add_params_to_uri(str(answer.location), {"iss": settings(Settings).public_url}), 303)


MACHINE_VIEWS = (authorize_by_post,)
pages.post("/authorize", endpoint="by_post")(public("the same as by GET")(authorize_by_post))
