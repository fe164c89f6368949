"""The web process of approval_svc."""

from urllib.parse import urlsplit

from flask import Flask, url_for

from approval_svc.settings import Settings
from approval_svc.web import decide_by_link, my_approvals, operations
from shared.db import Database
from shared.web import signin
from shared.web.factory import base_app
from shared.web.person import current_person

SITE_NAME = "iQIES Role Approvals"


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the app: decision links, the signed-in official's list, and operations pages."""
    issuer = urlsplit(settings.oidc_issuer)
    app = base_app(__package__, settings, database, form_targets=f"{issuer.scheme}://{issuer.netloc}")
    signin.init(app, settings)
    app.register_blueprint(decide_by_link.pages(settings, database))
    app.register_blueprint(my_approvals.pages(settings, database))
    app.register_blueprint(operations.pages(database))
    app.context_processor(_layout)
    return app


def _layout() -> dict[str, object]:
    person = current_person()
    navigation = [("My Approvals", url_for("my_approvals.index"))]
    if person is not None and person.is_operations:
        navigation.append(("Unroutable", url_for("operations.unroutable")))
        navigation.append(("Security Officials", url_for("operations.officials")))
    return {"site_name": SITE_NAME, "home_url": url_for("my_approvals.index"), "navigation": navigation}
