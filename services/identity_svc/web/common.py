"""What the views of this service share."""

from flask import current_app

from identity_svc.settings import Settings
from identity_svc.web.provider import Provider
from shared.db import Database


def database() -> Database:
    """Returns the service's database."""
    found: Database = current_app.extensions["countersign.database"]
    return found


def settings() -> Settings:
    """Returns the service's settings."""
    found: Settings = current_app.extensions["identity.settings"]
    return found


def provider() -> Provider:
    """Returns the OpenID Connect provider."""
    found: Provider = current_app.extensions["identity.provider"]
    return found
