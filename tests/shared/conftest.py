"""A database that has nothing but the tables for messages and audit, and a queue of its own on the real broker."""

from collections.abc import Iterator

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import create_engine, text

from deploy.local.servers import Servers
from shared.audit import audit_tables
from shared.closed_accounts import closed_account_tables
from shared.db import Database, new_metadata
from shared.messaging.broker import make_celery
from shared.messaging.tables import messaging_tables
from shared.web.ended_sessions import session_tables


@pytest.fixture(scope="session")
def bare_url(servers: Servers) -> str:
    engine = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE bare"))
    url = engine.url.set(database="bare").render_as_string(hide_password=False)
    engine.dispose()
    return url


@pytest.fixture
def database(bare_url: str) -> Iterator[Database]:
    metadata = new_metadata()
    messaging_tables(metadata)
    audit_tables(metadata)
    session_tables(metadata)
    closed_account_tables(metadata)
    database = Database(bare_url)
    metadata.drop_all(database.engine)
    metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def broker(servers: Servers) -> Iterator[Celery]:
    Redis.from_url(servers.broker_url).flushall()
    app = make_celery("request_svc", servers.broker_url)
    yield app
    app.close()
