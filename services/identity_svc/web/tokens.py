"""/token and /userinfo: what the clients' servers ask, without a browser."""

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Error
from flask import Blueprint
from werkzeug.wrappers import Response

from identity_svc.web import transaction
from identity_svc.web.common import provider
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import database

pages = Blueprint("tokens", __name__)


@pages.post("/token")
@public("clients authenticate with their secret")
def token() -> Response:
    """Gives an id token and an access token for a code (RFC 6749, section 4.1.3)."""
    with database().transaction() as session:
        transaction.begin(session, utc_now())
        try:
            answer: Response = provider().create_token_response()
        except UnicodeDecodeError as error:
            # Authlib takes for granted that what Basic carries is text.
            raise InvalidClientError from error
        return answer


@pages.route("/userinfo", methods=["GET", "POST"])
@public("asks for an access token")
def userinfo() -> Response:
    """Gives the claims of an access token's holder (OpenID Connect Core 1.0, section 5.3)."""
    with database().reading() as session:
        transaction.begin(session, utc_now())
        answer: Response = provider().create_endpoint_response("userinfo")
        return answer


@pages.app_errorhandler(OAuth2Error)
def refused(error: OAuth2Error) -> Response:
    """Answers a request that Authlib refuses before it reads it: one that came without TLS from elsewhere."""
    answer: Response = provider().handle_error_response(None, error)
    return answer


MACHINE_VIEWS = (token, userinfo)
