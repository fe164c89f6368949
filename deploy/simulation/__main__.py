"""`make simulate`: exits with 1 when a mail is missing, or one too many, against what was foretold."""

import json
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from alembic import command
from sqlalchemy import create_engine, make_url, text

from approval_svc.settings import Settings as ApprovalSettings
from deploy.local.layout import ROOT
from deploy.local.servers import embedded_servers
from deploy.simulation.run import Services, run
from notify_svc.settings import Settings as NotifySettings
from shared import logs, migrate
from shared.db import Database
from shared.service import find_service
from shared.settings import load

OUTPUT = ROOT / "build" / "simulation.json"
REQUESTS, ORGANIZATIONS = 2000, 60
SHOWN = 20


@click.command()
@click.option("--seed", default=1, show_default=True, help="Of everybody's choices.")
@click.option("--requests", default=REQUESTS, show_default=True, help="How many roles are asked for.")
@click.option("--organizations", default=ORGANIZATIONS, show_default=True, help="How many places they are asked for.")
@click.option("--output", default=OUTPUT, type=click.Path(path_type=Path), show_default=True, help="What is written.")
def main(seed: int, requests: int, organizations: int, output: Path) -> None:
    """Let sixty days pass with a moved clock, and compare every mail with what the simulation says."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # So that the servers end, too, when the run is ended.
        signal.signal(number, signal.default_int_handler)
    logs.configure("WARNING", "console")
    with _services() as services:
        result = run(services, seed=seed, requests=requests, organizations=organizations)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result.figures(), indent=2) + "\n")
    click.echo(json.dumps(result.figures(), indent=2))
    for words, mails in (("missing", result.missing), ("unforeseen", result.unforeseen)):
        for mail in mails[:SHOWN]:
            click.echo(f"{words}: {mail}")
    sys.exit(bool(result.missing or result.unforeseen))


@contextmanager
def _services() -> Iterator[Services]:
    """Runs both services' databases in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="countersign-simulation-") as at, embedded_servers(Path(at)) as servers:
        databases = {name: _database(servers.database_url, name) for name in ("approval_svc", "notify_svc")}
        environ = _environ(databases)
        opened = {name: Database(url, pool_size=2) for name, url in databases.items()}
        try:
            yield Services(
                approval_database=opened["approval_svc"],
                approval_settings=load(ApprovalSettings, environ),
                notify_database=opened["notify_svc"],
                notify_settings=load(NotifySettings, environ),
            )
        finally:
            for database in opened.values():
                database.dispose()


def _database(server: str, name: str) -> str:
    """Makes a service's database and returns its URL."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    command.upgrade(migrate.config_for(find_service(name), url), "head")
    return url


def _environ(databases: dict[str, str]) -> dict[str, str]:
    """Returns settings of services that nobody visits: addresses lead nowhere, secrets are good for this run."""
    nowhere, secret = "http://127.0.0.1:9", secrets.token_hex(20)
    shared = {
        "BROKER_URL": "redis://127.0.0.1:9/0",
        "RATE_LIMIT_URL": "memory://",
        "OIDC_ISSUER": nowhere,
        "LINK_SIGNING_KEYS": secret,
        "SMTP_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "donotreply@countersign.example",
        "ASSETS_DIR": str(ROOT),
    }
    urls = {f"{name}_PUBLIC_URL": nowhere for name in ("REQUEST_SVC", "APPROVAL_SVC", "NOTIFY_SVC")}
    own = {
        f"{name.upper()}_{key}": value
        for name, url in databases.items()
        for key, value in {
            "DATABASE_URL": url,
            "SECRET_KEYS": secret,
            "OIDC_CLIENT_ID": name,
            "OIDC_CLIENT_SECRET": secret,
        }.items()
    }
    return shared | urls | own


if __name__ == "__main__":
    main()
