"""Writes the secrets of docker-compose.yml, each to a file of its own; those that exist stay as they are.

Needs nothing but Python 3.11.
"""

import json
import secrets
from pathlib import Path

DIRECTORY = Path(__file__).parent / "secrets"
SERVICES = ("request_svc", "approval_svc", "identity_svc", "notify_svc")
RELYING_PARTIES = {
    "request_svc": "http://request.localhost:8001",
    "approval_svc": "http://approval.localhost:8002",
    "notify_svc": "http://notify.localhost:8004",
}


def write_all(directory: Path) -> None:
    """Writes every missing secret to `directory`, which only its owner can look into."""
    directory.mkdir(mode=0o700, exist_ok=True)
    _write(directory, "postgres_password", _new())
    broker = _write(directory, "valkey_password", _new())
    _write(directory, "broker_url", f"redis://:{broker}@valkey:6379/0")
    _write(directory, "link_signing_keys", _new())
    for service in SERVICES:
        _write(directory, f"{service}_secret_keys", _new())
        url = f"postgresql+psycopg://{service}:{_new()}@postgres:5432/{service}"
        _write(directory, f"{service}_database_url", url)
    _write(directory, "demonstration_password", _new_password())
    clients = [_client(directory, service, url) for service, url in RELYING_PARTIES.items()]
    _write(directory, "identity_svc_clients", json.dumps(clients, indent=2))


def _client(directory: Path, service: str, url: str) -> dict[str, object]:
    return {
        "client_id": service,
        "client_secret": _write(directory, f"{service}_oidc_client_secret", _new()),
        "redirect_uris": [f"{url}/sign-in/callback"],
        "post_logout_redirect_uris": [f"{url}/signed-out"],
    }


def _write(directory: Path, name: str, value: str) -> str:
    """Returns what the secret is now: `value`, or what an earlier run has written."""
    file = directory / name
    if not file.exists():
        file.write_text(value)
        # Containers read it as accounts of their own; the closed directory keeps other people out.
        file.chmod(0o444)
    return file.read_text()


def _new() -> str:
    return secrets.token_hex(32)


def _new_password() -> str:
    """Returns a password that the sign-in service takes for everybody; of digits, so that it holds nobody's name."""
    return f"Aa{secrets.randbelow(10**18):018}"


if __name__ == "__main__":
    write_all(DIRECTORY)
