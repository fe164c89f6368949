"""The web process of request_svc."""

from flask import Flask

from request_svc.settings import Settings
from request_svc.web import (
    disciplines,
    files,
    finder,
    organizations,
    profile,
    refused,
    roles,
    steps,
    welcome,
    withdrawal,
)
from request_svc.web.around import CATALOG, SETTINGS, around_pages
from shared import catalog
from shared.db import Database
from shared.web.factory import base_app
from shared.web.signin import init as init_signin

PAGES = (welcome, steps, organizations, profile, withdrawal, disciplines, roles, finder, files)


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the app with every page; reads the catalog once."""
    app = base_app("request_svc", settings, database, form_targets=settings.oidc_issuer)
    init_signin(app, settings)
    app.extensions[CATALOG] = catalog.load()
    app.extensions[SETTINGS] = settings
    for module in PAGES:
        app.register_blueprint(module.pages)
    refused.register(app)
    around_pages(app)
    return app
