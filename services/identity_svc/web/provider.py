"""The OpenID Connect provider: Authlib's server, its endpoints, and the clients that it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.resource_protector import ResourceProtector
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import UserInfo, UserInfoEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint, EndSessionRequest
from flask import Flask
from flask import request as flask_request

from identity_svc import queries
from identity_svc.clients import Client
from identity_svc.domain.codes import TOKEN_LIFETIME
from identity_svc.domain.holder import claims
from identity_svc.sealing import Sealer
from identity_svc.settings import Settings
from identity_svc.tables import AccessToken, Account
from identity_svc.use_cases.keep_access_token import keep_access_token
from identity_svc.use_cases.rotate_keys import ALGORITHM
from identity_svc.web import browser
from identity_svc.web.code_grant import CodeGrant, IdToken, RequestRules, RequiredS256
from identity_svc.web.transaction import moment


class Provider(AuthorizationServer):
    """The authorization server of one app."""

    def __init__(self, app: Flask, settings: Settings, sealer: Sealer) -> None:
        self._clients: Mapping[str, Client] = {client.client_id: client for client in settings.clients}
        app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": int(TOKEN_LIFETIME.total_seconds())}
        super().__init__(app, query_client=self._clients.get, save_token=_save_token)
        grant = type("SealedCodeGrant", (CodeGrant,), {"sealer": sealer})
        self.register_grant(grant, [RequestRules(), RequiredS256(), IdToken(settings.public_url, sealer)])
        self.register_extension(_Issuer(settings.public_url))
        userinfo: Any = _UserInfo(resource_protector=_Bearer(self._clients))
        self.register_endpoint(userinfo)
        self.register_endpoint(_EndSession)


def _save_token(token: Mapping[str, Any], request: Any) -> None:
    keep_access_token(moment().session, token["access_token"], request.authorization_code.code, moment().now)


class _Issuer(IssuerParameter):
    """Names the issuer in every authorization response, against mix-up (RFC 9207)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


@dataclass(frozen=True)
class _Token:
    """An access token as Authlib asks about it. One that has ended or was taken back is not found at all."""

    row: AccessToken
    account: Account
    client: Client

    @property
    def scope(self) -> str:
        return self.row.scope

    def get_scope(self) -> str:
        return self.row.scope

    def get_user(self) -> Account:
        return self.account

    def get_client(self) -> Client:
        return self.client

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return False


class _Validator(BearerTokenValidator):
    def __init__(self, clients: Mapping[str, Client]) -> None:
        super().__init__()
        self._clients = clients

    def authenticate_token(self, token_string: str) -> _Token | None:
        row = queries.access_token(moment().session, token_string, moment().now)
        account = row and queries.open_account(moment().session, row.account_id)
        client = row and self._clients.get(row.client_id)
        return _Token(row, account, client) if row and account and client else None


class _Bearer(ResourceProtector):
    """Lets Authlib's errors through, so that the server answers them as RFC 6750 wants."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        super().__init__()
        self.register_token_validator(_Validator(clients))

    def acquire_token(self, scope: str) -> _Token:
        token: _Token = self.validate_request([scope], flask_request)  # type: ignore[no-untyped-call]  # Authlib is typed in part
        return token


class _UserInfo(UserInfoEndpoint):
    def generate_user_info(self, user: Account, scope: str) -> UserInfo:
        return UserInfo(claims(user.holder, scope))


class _EndSession(EndSessionEndpoint):
    def get_server_jwks(self) -> dict[str, Any]:
        return {"keys": queries.all_public_keys(moment().session)}

    def get_algorithms(self) -> list[str]:
        return [ALGORITHM]

    def end_session(self, _request: EndSessionRequest) -> None:
        # By GET too (OpenID Connect RP-Initiated Logout 1.0, section 2): the request is proved by an id token.
        browser.end(moment().now)
