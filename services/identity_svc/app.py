"""The web process of identity_svc."""

from flask import Flask

from identity_svc import passwords
from identity_svc.sealing import Sealer
from identity_svc.settings import Settings
from identity_svc.web import account, authorization, discovery, limits, login, logout, tokens
from identity_svc.web.common import PROVIDER
from identity_svc.web.provider import Provider
from shared.db import Database
from shared.web.factory import base_app

SITE_NAME = "CMS.gov | HARP"


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the OpenID Connect provider with its login pages."""
    origins = {origin for client in settings.clients for origin in client.origins}
    app = base_app("identity_svc", settings, database, form_targets=" ".join(sorted(origins)))
    app.extensions[PROVIDER] = Provider(app, settings, Sealer(settings.secret_keys))
    for module in (login, account, authorization, tokens, logout, discovery):
        app.register_blueprint(module.pages)
    for view in (*authorization.MACHINE_VIEWS, *tokens.MACHINE_VIEWS, *logout.MACHINE_VIEWS):
        app.extensions["csrf"].exempt(view)
    limits.install(app, settings)
    app.context_processor(_layout)
    # Made now, so that the first unknown user ID is not answered more slowly than the second.
    passwords.nobodys_hash()
    return app


def _layout() -> dict[str, object]:
    return {"site_name": SITE_NAME, "home_url": "/account", "navigation": []}
