"""What the app of the request at hand was made with."""

from typing import TypeVar

from flask import Flask, current_app

from shared.db import Database
from shared.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
_DATABASE, _SETTINGS = "countersign.database", "countersign.settings"


def keep(app: Flask, settings: ServiceSettings, database: Database) -> None:
    """Makes settings and database known to the app's views."""
    app.extensions[_SETTINGS], app.extensions[_DATABASE] = settings, database


def database() -> Database:
    """Returns the service's database."""
    kept: Database = current_app.extensions[_DATABASE]
    return kept


def settings(kind: type[S]) -> S:
    """Returns the service's settings, which are of that class."""
    kept: S = current_app.extensions[_SETTINGS]
    return kept
