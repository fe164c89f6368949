"""Migrations of one service's database, with Alembic; each service keeps its own in `migrations/`."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from shared import settings
from shared.service import Service

LOCK_TIMEOUT = "5s"
"""A migration that cannot get its lock gives up instead of stopping everybody behind it."""


def config_for(service: Service, database_url: str) -> Config:
    """Returns Alembic's configuration for the service's database."""
    package = Path(str(import_module(service.name).__file__)).parent
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", str(package / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.attributes["url"] = database_url
    config.attributes["metadata"] = metadata_of(service)
    return config


def metadata_of(service: Service) -> MetaData:
    """Returns the tables that the service's models describe."""
    metadata: MetaData = service.load(service.metadata)
    return metadata


def upgrade(service: Service, environ: Mapping[str, str]) -> None:
    """Brings the service's database to the newest version. Raises SettingsError."""
    config = settings.load(service.load(service.settings), environ)
    command.upgrade(config_for(service, config.database_url), "head")


def new_revision(service: Service, environ: Mapping[str, str], message: str) -> None:
    """Writes a migration, numbered on, for the difference between the models and the database."""
    loaded = settings.load(service.load(service.settings), environ)
    config = config_for(service, loaded.database_url)
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04}")
