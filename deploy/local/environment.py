"""The environment of every local process, written to `settings.env` and kept from run to run.

Secrets are made once and kept; everything else follows from the ports and the place of the clone.
"""

import json
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, valkey
from deploy.local.files import write_private
from deploy.local.layout import ROOT, Layout
from deploy.local.ports import HOST, Ports

SERVICES = ("request_svc", "approval_svc", "notify_svc", "identity_svc")
RELYING_PARTIES = ("request_svc", "approval_svc", "notify_svc")
MARKER = "COUNTERSIGN_DIRECTORY"


@dataclass(frozen=True)
class Environment:
    """The settings of one local stack: `values` is the environment of its processes."""

    ports: Ports
    values: Mapping[str, str]

    def port(self, service: str) -> int:
        """Returns the port of a service's web process."""
        port: int = getattr(self.ports, service.removesuffix("_svc"))
        return port

    def url(self, service: str) -> str:
        """Returns the public URL of a service, without a trailing slash."""
        return self.values[f"{service.upper()}_PUBLIC_URL"]

    def database_url(self, service: str) -> str:
        """Returns the SQLAlchemy URL of a service's own database."""
        return self.values[f"{service.upper()}_DATABASE_URL"]

    @property
    def mailbox_url(self) -> str:
        """The mailbox page."""
        return f"http://{HOST}:{self.ports.mailbox}"

    @property
    def broker_url(self) -> str:
        """The broker, password included."""
        return self.values["BROKER_URL"]

    @property
    def superuser_url(self) -> str:
        """The database `postgres` for PostgreSQL's superuser."""
        return postgres.superuser_url(self.ports.postgres, self.values["POSTGRES_PASSWORD"])

    @property
    def demonstration_password(self) -> str:
        """The password of every demonstration account."""
        return self.values["DEMONSTRATION_PASSWORD"]


def prepare(layout: Layout, ports: Ports, changes: Mapping[str, str] | None = None) -> Environment:
    """Writes the settings, sign-in clients and demonstration password of a stack on `ports`, and returns them.

    Secrets that an earlier run left in the settings file stay as they are. `changes` are settings that shall be
    otherwise, or that others leave at their defaults.
    """
    kept = _secrets(read(layout.settings) if layout.settings.exists() else {})
    values = {**kept, **_common(layout, ports, kept), **_services(ports, kept), **(changes or {})}
    environment = Environment(ports, values)
    write_private(layout.settings, "".join(f"{name}={value}\n" for name, value in environment.values.items()))
    write_private(layout.clients, json.dumps(_clients(environment), indent=2) + "\n")
    write_private(layout.password, environment.demonstration_password + "\n")
    return environment


def read(file: Path) -> dict[str, str]:
    """Returns the settings that `prepare` wrote, one NAME=value a line."""
    return {name: value for name, _, value in (line.partition("=") for line in file.read_text().splitlines())}


def new_password() -> str:
    """Returns a password of 20 letters and digits with at least one of each kind that the sign-in page asks for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    while True:
        word = "".join(secrets.choice("".join(kinds)) for _ in range(20))
        if all(set(word) & set(kind) for kind in kinds):
            return word


def _secrets(kept: Mapping[str, str]) -> dict[str, str]:
    makers: dict[str, Callable[[], str]] = {"DEMONSTRATION_PASSWORD": new_password}
    names = ["POSTGRES_PASSWORD", "VALKEY_PASSWORD", "LINK_SIGNING_KEYS"]
    names += [f"{service.upper()}_DATABASE_PASSWORD" for service in SERVICES]
    names += [f"{service.upper()}_SECRET_KEYS" for service in SERVICES]
    names += [f"{service.upper()}_OIDC_CLIENT_SECRET" for service in RELYING_PARTIES]
    makers |= dict.fromkeys(names, lambda: secrets.token_hex(32))
    return {name: kept.get(name) or make() for name, make in makers.items()}


def _common(layout: Layout, ports: Ports, kept: Mapping[str, str]) -> dict[str, str]:
    return {
        MARKER: str(layout.directory),
        "BROKER_URL": valkey.url(ports.valkey, kept["VALKEY_PASSWORD"]),
        "OIDC_ISSUER": _url(ports.identity),
        "IDENTITY_SVC_CLIENTS_FILE": str(layout.clients),
        "ASSETS_DIR": str(ROOT / "node_modules" / "@uswds" / "uswds" / "dist"),
        "SMTP_URL": f"smtp://{HOST}:{ports.smtp}",
        "MAIL_FROM": "donotreply.HARP@hcqis.org",
        "HARP_PROFILE_URL": f"{_url(ports.identity)}/account",
    }


def _services(ports: Ports, kept: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for service in SERVICES:
        own, port = service.upper(), getattr(ports, service.removesuffix("_svc"))
        values[f"{own}_DATABASE_URL"] = postgres.url(ports.postgres, service, kept[f"{own}_DATABASE_PASSWORD"], service)
        values[f"{own}_PUBLIC_URL"] = _url(port)
        values[f"{own}_BIND"] = f"{HOST}:{port}"
    return values | {f"{service.upper()}_OIDC_CLIENT_ID": service for service in RELYING_PARTIES}


def _clients(environment: Environment) -> list[dict[str, object]]:
    return [
        {
            "client_id": service,
            "client_secret": environment.values[f"{service.upper()}_OIDC_CLIENT_SECRET"],
            "redirect_uris": [f"{environment.url(service)}/sign-in/callback"],
            "post_logout_redirect_uris": [f"{environment.url(service)}/signed-out"],
        }
        for service in RELYING_PARTIES
    ]


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"
