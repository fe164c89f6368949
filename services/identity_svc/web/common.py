"""What the views of this service share."""

from typing import Any

from flask import current_app

from identity_svc.settings import Settings
from shared.db import Database


def database() -> Database:
    """Returns the service's database."""
    found: Database = current_app.extensions["countersign.database"]
    return found


def settings() -> Settings:
    """Returns the service's settings."""
    found: Settings = current_app.extensions["identity.settings"]
    return found


def provider() -> Any:
    """Returns the `Provider` of this app; not by its type, because Authlib is typed in part."""
    return current_app.extensions["identity.provider"]
