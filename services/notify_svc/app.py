"""The web process of notify_svc."""

from flask import Flask, url_for

from notify_svc.bounces.providers import providers
from notify_svc.mail.render import Renderer
from notify_svc.settings import Settings
from notify_svc.web import bounces, notices
from shared.db import Database
from shared.web import dead_letters, signin
from shared.web.current import settings
from shared.web.factory import base_app

SITE_NAME = "iQIES Notices"


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the app; everybody who opens a page must have signed in and belong to operations."""
    app = base_app("notify_svc", settings, database, form_targets=settings.oidc_origin)
    signin.init(app, settings)
    app.extensions["notify_svc.renderer"] = Renderer(settings)
    app.register_blueprint(notices.pages)
    app.register_blueprint(dead_letters.pages)
    bounces.install(app, providers(settings), settings)
    app.context_processor(_layout)
    return app


def _layout() -> dict[str, object]:
    return {
        "site_name": SITE_NAME,
        "home_url": url_for("notices.ledger"),
        "navigation": [
            ("Notices", url_for("notices.ledger")),
            ("Email templates", url_for("notices.templates")),
            *dead_letters.navigation(),
            ("Operations", f"{settings(Settings).approval_public_url}/operations"),
        ],
    }
