"""The web application: operations pages only."""

from flask import Flask, url_for

from notify_svc.mail.render import Renderer
from notify_svc.settings import Settings
from notify_svc.web import pages
from shared.db import Database
from shared.web import signin
from shared.web.factory import base_app


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the app; everybody who opens a page must have signed in and belong to operations."""
    app = base_app("notify_svc", settings, database, form_targets=settings.oidc_issuer)
    signin.init(app, settings)
    app.extensions["notify_svc.renderer"] = Renderer(settings)
    app.register_blueprint(pages.blueprint)
    app.context_processor(_layout)
    return app


def _layout() -> dict[str, object]:
    return {
        "site_name": "iQIES Notices",
        "home_url": url_for("notices.ledger"),
        "navigation": [("Notices", url_for("notices.ledger")), ("Email templates", url_for("notices.templates"))],
    }
