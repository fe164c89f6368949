"""The relying parties that may use this provider, read from a JSON file when a process starts."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from identity_svc.domain.holder import understood

SHORTEST_SECRET = 32


@dataclass(frozen=True, kw_only=True)
class Client:
    """One relying party: confidential, code flow only. The methods are those that Authlib asks of a client.

    `other_client_secrets` are accepted too, while the client's secret is being changed.
    """

    client_id: str
    client_secret: str = field(repr=False)
    other_client_secrets: tuple[str, ...] = field(default=(), repr=False)
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]

    @property
    def client_metadata(self) -> dict[str, Any]:
        """The registered metadata that logout and userinfo look at."""
        return {"post_logout_redirect_uris": self.post_logout_redirect_uris}

    @property
    def origins(self) -> set[str]:
        """The origins that a browser is sent back to."""
        parts = (urlsplit(uri) for uri in (*self.redirect_uris, *self.post_logout_redirect_uris))
        return {f"{part.scheme}://{part.netloc}" for part in parts}

    def get_client_id(self) -> str:
        """Returns the client id."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Returns None: OpenID Connect wants the redirect URI named each time (Core 1.0, section 3.1.2.1)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Returns the scopes that we know, None without "openid"."""
        return understood(scope or "")

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether the URI is registered, character by character (RFC 9700, section 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Compares in constant time with every secret, so that the client can change its own without an outage."""
        secrets = (self.client_secret, *self.other_client_secrets)
        return any(hmac.compare_digest(each.encode(), client_secret.encode()) for each in secrets)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client may authenticate so at that endpoint."""
        return endpoint == "token" and method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        """Whether the client may use that flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may ask for tokens that way: no refresh tokens."""
        return grant_type == "authorization_code"


def _no_fragment(uri: str) -> None:
    if "#" in uri:
        raise ValidationError("A redirect URI has no fragment (RFC 6749, section 3.1.2).")


_ADDRESS = fields.Url(schemes={"http", "https"}, require_tld=False, validate=_no_fragment)


_SECRET = validate.Length(min=SHORTEST_SECRET)


class _ClientSchema(Schema):
    client_id = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_.-]{1,64}$"))
    client_secret = fields.String(required=True, validate=_SECRET)
    other_client_secrets = fields.List(fields.String(validate=_SECRET), load_default=list)
    redirect_uris = fields.List(_ADDRESS, required=True, validate=validate.Length(min=1))
    post_logout_redirect_uris = fields.List(_ADDRESS, load_default=list)


def read_clients(path: str) -> tuple[Client, ...]:
    """Returns the clients of a file: a JSON list of objects.

    Raises:
        ValueError: the file cannot be used; the message names the place and never a secret.
        OSError: it cannot be read.
    """
    try:
        raw = json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON (line {error.lineno})") from None
    try:
        loaded = _ClientSchema(many=True).load(raw)
    except ValidationError as error:
        raise ValueError(f"{path}: {error.messages}") from None
    clients = tuple(Client(**{name: _frozen(value) for name, value in one.items()}) for one in loaded)
    _refuse_twins(path, clients)
    return clients


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _refuse_twins(path: str, clients: Sequence[Client]) -> None:
    ids = [client.client_id for client in clients]
    twins = {one for one in ids if ids.count(one) > 1}
    if twins:
        raise ValueError(f"{path}: client_id twice: {', '.join(sorted(twins))}")
