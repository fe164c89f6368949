"""Sign-in at an OpenID Connect provider, as an ordinary relying party (OpenID Connect Core 1.0, section 3.1).

Configured by issuer, client id, secret and scope alone, so that HARP, Okta, Keycloak or Login.gov can be the provider.
The session cookie holds who signed in; it holds no token but the id token that logout wants back.
"""

from collections.abc import Callable
from posixpath import normpath
from typing import Any
from urllib.parse import unquote

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError
from requests.exceptions import RequestException
from werkzeug.wrappers import Response

from shared.clock import utc_now
from shared.settings import SignInSettings
from shared.web import current
from shared.web.access import public
from shared.web.claims import person_from
from shared.web.person import SignedIn, begin_session, end_session

_ON_SIGN_IN = "countersign.on_sign_in"
_ID_TOKEN, _NEXT = "id_token", "next"
_PENDING = "_state_provider_"
"""How Authlib's keys of the session begin, one for each sign-in under way."""

WANTED = frozenset({"name", "email", "phone_number", "zoneinfo", "groups"})
MOST_PENDING = 3
OWN_PATHS = frozenset({"/sign-in", "/sign-out", "/signed-out"})
"""Nothing to go on to: the first would begin again without end, the others say that nobody is signed in."""
LONGEST_NEXT = 1024
LONGEST_ID_TOKEN = 2048
"""Of one that is kept: browsers drop a cookie of over 4 KB. Without it the provider asks before it signs out."""

pages = Blueprint("signin", __name__)


def init(app: Flask, settings: SignInSettings, on_sign_in: Callable[[SignedIn], None] | None = None) -> None:
    """Adds /sign-in, /sign-in/callback and /sign-out to the app.

    `on_sign_in` is called with who signed in, before the session begins; nobody is signed in when it fails. It may
    write, although the provider's answer comes by GET (OpenID Connect Core 1.0, section 3.1.2.5): the answer is good
    once, and only for the browser that asked for it.
    """
    oauth = OAuth(app)
    oauth.register(  # type: ignore[no-untyped-call]  # Authlib is typed in part
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": settings.oidc_scope, "code_challenge_method": "S256", "timeout": 10},
    )
    app.extensions["countersign.oauth"], app.extensions[_ON_SIGN_IN] = oauth, on_sign_in
    app.register_blueprint(pages)


def safe_next(target: str | None) -> str:
    """Returns a path of this service to go on to; what leads elsewhere, or into sign-in again, becomes "/"."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or _is_sign_in(target):
        return "/"
    return "/" if any(ord(character) < 32 for character in target) or "\\" in target else target


def _is_sign_in(target: str) -> bool:
    # A browser resolves dots in a path, and the server percent signs.
    path = normpath(unquote(target).partition("?")[0].partition("#")[0])
    return path in OWN_PATHS or path.startswith("/sign-in/")


def _provider() -> Any:
    return current_app.extensions["countersign.oauth"].provider


@pages.get("/sign-in")
@public("the way to sign-in")
def start() -> Response:
    """Sends the browser to the provider; it comes back to /sign-in/callback."""
    target = safe_next(request.args.get("next"))
    session[_NEXT] = target if len(target) <= LONGEST_NEXT else "/"
    session.permanent = True
    _forget_abandoned()
    answer: Response = _provider().authorize_redirect(_own_url("signin.callback"))
    return answer


def _own_url(endpoint: str) -> str:
    # Not from the Host header: what the provider is told must be what is registered there.
    return f"{current.settings(SignInSettings).public_url}{url_for(endpoint)}"


def _forget_abandoned() -> None:
    """Keeps the newest sign-ins under way: browsers drop a cookie of over 4 KB, and then no sign-in works any more."""
    pending = [name for name in session if name.startswith(_PENDING)]
    for name in sorted(pending, key=lambda name: float(session[name]["exp"]))[: -(MOST_PENDING - 1)]:
        session.pop(name)


@pages.get("/sign-in/callback")
@public("the provider's answer comes here")
def callback() -> Response | tuple[str, int]:
    """Takes the provider's answer, checks it, and starts a fresh session."""
    try:
        token = _provider().authorize_access_token()
        person = _from_claims(_claims(token))
    except (OAuthError, JoseError, ValueError, KeyError) as error:
        # KeyError: a provider that sent no id token, or no subject or address with it.
        current_app.logger.warning("sign-in refused: %s", type(error).__name__)
        return render_template("signin_failed.html"), 400
    if on_sign_in := current_app.extensions[_ON_SIGN_IN]:
        on_sign_in(person)
    target = safe_next(session.get(_NEXT))
    begin_session(person, utc_now())
    if len(token["id_token"]) <= LONGEST_ID_TOKEN:
        session[_ID_TOKEN] = token["id_token"]
    return redirect(target, 303)


@pages.post("/sign-out")
@public("leaving needs no guard")
def sign_out() -> Response | str:
    """Ends the session here and at the provider (OpenID Connect RP-Initiated Logout 1.0).

    The session here ends whether or not the provider can be asked; the page then says what is left to do.
    """
    hint = session.get(_ID_TOKEN)
    end_session(utc_now())
    home = _own_url("signin.signed_out")
    try:
        end = _provider().load_server_metadata().get("end_session_endpoint")
    except RequestException as error:
        current_app.logger.warning("sign-in provider not reachable: %s", type(error).__name__)
        return render_template("signed_out.html", only_here=True)
    if not (hint and end):
        return redirect(home, 303)
    return redirect(add_params_to_uri(end, {"id_token_hint": hint, "post_logout_redirect_uri": home}), 303)


@pages.get("/signed-out")
@public("says that the session has ended")
def signed_out() -> str:
    """Says that the person is signed out."""
    return render_template("signed_out.html", only_here=False)


@pages.app_errorhandler(RequestException)
def unavailable(error: RequestException) -> tuple[str, int]:
    """Says in plain words that the provider cannot be reached."""
    current_app.logger.warning("sign-in provider not reachable: %s", type(error).__name__)
    return render_template("signin_unavailable.html"), 503


def _claims(token: dict[str, Any]) -> dict[str, Any]:
    """Returns what the provider says of the person.

    Many providers put little more than the subject into the id token and give the rest when they are asked for it
    (OpenID Connect Core 1.0, sections 5.3 and 5.4). Raises ValueError when they then speak of somebody else.
    """
    claims: dict[str, Any] = dict(token["userinfo"])
    if not set(claims) >= WANTED and "userinfo_endpoint" in _provider().load_server_metadata():
        more = dict(_provider().userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise ValueError("userinfo of another subject")
        claims = more | claims
    return claims


def _from_claims(claims: dict[str, Any]) -> SignedIn:
    return person_from(claims, operations_group=current.settings(SignInSettings).operations_group)
