"""The authorization code flow with PKCE: Authlib's grant, joined to our use cases."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from joserfc.jwk import RSAKey

from identity_svc import queries
from identity_svc.clients import Client
from identity_svc.domain.codes import TOKEN_LIFETIME, AuthorizationCode
from identity_svc.domain.holder import claims
from identity_svc.sealing import SealBrokenError, Sealer
from identity_svc.tables import Account
from identity_svc.use_cases.redeem_code import redeem_code
from identity_svc.use_cases.rotate_keys import ALGORITHM
from identity_svc.use_cases.sign_with_key import current_key
from identity_svc.web.transaction import moment
from shared.clock import utc_now
from shared.ids import new_id


class RequestNotSupportedError(OAuth2Error):
    """A request object was passed by value (OpenID Connect Core 1.0, section 6.1)."""

    error = "request_not_supported"


class RequestUriNotSupportedError(OAuth2Error):
    """A request object was passed by reference (OpenID Connect Core 1.0, section 6.2)."""

    error = "request_uri_not_supported"


@dataclass(frozen=True)
class RedeemedCode:
    """An authorization code as Authlib asks about it."""

    code: AuthorizationCode
    code_challenge_method: str = "S256"

    @property
    def code_challenge(self) -> str:
        """The PKCE challenge that the code is bound to."""
        return self.code.challenge

    def get_redirect_uri(self) -> str:
        """Returns the redirect URI that the code was sent to."""
        return self.code.redirect_uri

    def get_scope(self) -> str:
        """Returns the scopes that were granted."""
        return self.code.scope

    def get_nonce(self) -> str | None:
        """Returns the client's nonce."""
        return self.code.nonce

    def get_auth_time(self) -> int:
        """Returns when the password was typed, in seconds since 1970."""
        return int(self.code.signed_in_at.timestamp())

    def get_acr(self) -> None:
        """Returns None: there is one way to sign in."""

    def get_amr(self) -> list[str]:
        """Returns how the holder signed in: with a password (RFC 8176)."""
        return ["pwd"]


class CodeGrant(AuthorizationCodeGrant):
    """Makes sealed codes and redeems each once."""

    sealer: Sealer
    """Set by the provider."""

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Any) -> str:
        """Returns the redirect URI, which must be one that the client registered, character by character.

        Authlib's own refusal repeats the URI in its text, and fails where that holds a quotation mark.
        """
        uri: str = request.payload.redirect_uri or ""
        if not client.check_redirect_uri(uri):
            raise InvalidRequestError("The redirect_uri is missing or not registered for this client.")
        return uri

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Stores nothing: the code itself carries what it stands for, sealed."""

    def generate_authorization_code(self) -> str:
        """Returns a sealed code for the person who signed in."""
        # Authlib calls this after its checks, which set all of these.
        request: Any = self.request
        payload, holder = request.payload, request.user
        code = AuthorizationCode(
            code_id=new_id(),
            client_id=request.client.client_id,
            redirect_uri=payload.redirect_uri,
            scope=request.scope,
            account_id=holder.account.account_id,
            signed_in_at=holder.since,
            nonce=payload.data.get("nonce"),
            challenge=payload.data["code_challenge"],
            issued_at=utc_now(),
        )
        return self.sealer.seal("authorization code", code.to_json())

    def query_authorization_code(self, code: str, client: Any) -> RedeemedCode | None:
        """Uses the code up and returns it; None for one that is not good (any more) for this client."""
        try:
            opened = AuthorizationCode.from_json(self.sealer.open("authorization code", code))
        except SealBrokenError:
            return None
        good = redeem_code(moment().session, opened, client.client_id, moment().now)
        return RedeemedCode(opened) if good else None

    def delete_authorization_code(self, authorization_code: RedeemedCode) -> None:
        """Does nothing: the code was used up when it came, so that a wrong verifier cannot be tried twice."""

    def authenticate_user(self, authorization_code: RedeemedCode) -> Account | None:
        """Returns the account, unless it was closed since."""
        return queries.open_account(moment().session, authorization_code.code.account_id)


class RequiredS256(CodeChallenge):
    """PKCE for every client, with S256 alone (RFC 9700, section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuses a request without a challenge, or with the method "plain", which is what leaving it out means."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A code_challenge with the code_challenge_method S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


def max_age(given: str) -> int | None:
    """Returns the parameter in seconds, or None for what is no number of them: ten digits are 300 years."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 10 else None


class RequestRules:
    """What else an authorization request may not hold."""

    def __call__(self, grant: Any) -> None:
        """Registers with the grant."""
        grant.register_hook("after_validate_authorization_request_payload", self.check)

    def check(self, grant: Any, _redirect_uri: str) -> None:
        """Raises the error that the client gets back."""
        data = grant.request.payload.data
        if "request" in data:
            raise RequestNotSupportedError
        if "request_uri" in data:
            raise RequestUriNotSupportedError
        if "max_age" in data and max_age(data["max_age"]) is None:
            raise InvalidRequestError("max_age is not a number of seconds.")


class IdToken(OpenIDCode):
    """Signs id tokens with the current key."""

    def __init__(self, issuer: str, sealer: Sealer) -> None:
        super().__init__(require_nonce=False)
        self._issuer, self._sealer = issuer, sealer

    def exists_nonce(self, _nonce: str, _request: OAuth2Request) -> bool:
        """Returns False: the nonce is the client's guard; ours is that a code is good once."""
        return False

    def get_client_algorithm(self, _client: Client) -> str:
        """Returns the one algorithm that our keys have."""
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """Returns the header that names the key."""
        key = self.resolve_client_private_key(client)
        return {"alg": ALGORITHM, "kid": str(key.kid)}

    def resolve_client_private_key(self, _client: Client) -> RSAKey:
        """Returns the key that signs now."""
        return current_key(moment().session, self._sealer, moment().now)

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Returns issuer, audience and times."""
        now = int(moment().now.timestamp())
        ends = now + int(TOKEN_LIFETIME.total_seconds())
        return {"iss": self._issuer, "aud": client.client_id, "iat": now, "exp": ends}

    def generate_user_info(self, user: Account, scope: str) -> UserInfo:
        """Returns the claims that the scopes give."""
        return UserInfo(claims(user.holder, scope))
