"""Migrations go up, down and up again, have one head, and make exactly what the models describe."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from deploy.local.servers import Servers
from shared import migrate
from shared.service import Service, installed_services

SERVICES = list(installed_services())


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.param
    return found


@pytest.fixture
def empty_url(servers: Servers, service: Service) -> Iterator[str]:
    name = f"migrating_{service.name}"
    admin = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def config(service: Service, empty_url: str) -> Config:
    return migrate.config_for(service, empty_url)


def test_there_is_one_head(config: Config) -> None:
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_up_down_and_up_again(config: Config, empty_url: str) -> None:
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    engine = create_engine(empty_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    command.upgrade(config, "head")
    assert len(inspect(engine).get_table_names()) > 1
    engine.dispose()


def test_migrations_make_what_the_models_describe(config: Config, service: Service, empty_url: str) -> None:
    command.upgrade(config, "head")
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, migrate.metadata_of(service)) == []
    engine.dispose()
