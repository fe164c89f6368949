"""What clients read about the provider: OpenID Connect Discovery 1.0 and the keys."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from identity_svc import queries
from identity_svc.domain.holder import SCOPES
from identity_svc.settings import Settings
from identity_svc.use_cases.rotate_keys import ALGORITHM
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import database, settings

pages = Blueprint("discovery", __name__)
CACHED = "public, max-age=300"

CLAIMS = [
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "at_hash"),
    *("name", "preferred_username", "zoneinfo", "email", "phone_number", "groups"),
]


@pages.get("/.well-known/openid-configuration")
@public("clients configure themselves from it")
def configuration() -> Response:
    """Returns the provider's metadata (Discovery 1.0, section 3)."""
    issuer = settings(Settings).public_url
    answer = jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        userinfo_endpoint=f"{issuer}/userinfo",
        end_session_endpoint=f"{issuer}/logout",
        jwks_uri=f"{issuer}/jwks.json",
        scopes_supported=SCOPES,
        claims_supported=CLAIMS,
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        code_challenge_methods_supported=["S256"],
        prompt_values_supported=["none", "login", "select_account"],
        claims_parameter_supported=False,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
        authorization_response_iss_parameter_supported=True,
    )
    answer.headers["Cache-Control"] = CACHED
    return answer


@pages.get("/jwks.json")
@public("clients check signatures with it")
def jwks() -> Response:
    """Returns the public halves of the keys: the next, the current, and those whose tokens have not ended."""
    with database().reading() as session:
        keys = queries.published_keys(session, utc_now())
    answer = jsonify(keys=keys)
    answer.headers["Cache-Control"] = CACHED
    return answer
