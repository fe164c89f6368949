"""The web process of request_svc."""

from flask import Flask, url_for

from request_svc.settings import Settings
from request_svc.web import (
    disciplines,
    files,
    finder,
    giving_back,
    nudging,
    organizations,
    profile,
    questions,
    refused,
    roles,
    sign_ins,
    steps,
    welcome,
    withdrawal,
)
from shared.catalog import the_catalog
from shared.db import Database
from shared.web import dead_letters, signin
from shared.web.current import settings
from shared.web.factory import base_app

SITE_NAME = "iQIES"
PAGES = (
    welcome,
    steps,
    organizations,
    profile,
    withdrawal,
    nudging,
    questions,
    disciplines,
    giving_back,
    roles,
    finder,
    files,
    dead_letters,
)


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the app with every page."""
    app = base_app("request_svc", settings, database, form_targets=settings.oidc_origin)
    signin.init(app, settings, on_sign_in=sign_ins.note)
    for module in PAGES:
        app.register_blueprint(module.pages)
    refused.register(app)
    app.context_processor(_layout)
    # Read now, so that the first page is not answered more slowly than the second.
    the_catalog()
    return app


def _layout() -> dict[str, object]:
    my_approvals_url = settings(Settings).my_approvals_url
    return {
        "site_name": SITE_NAME,
        "home_url": url_for("welcome.show"),
        "my_approvals_url": my_approvals_url,
        "navigation": [
            ("Request User Role", url_for("steps.new")),
            ("My Profile", url_for("profile.show")),
            ("User Roles", url_for("roles.all_roles")),
            ("Role Finder", url_for("finder.show")),
            # Who is an official, only approval_svc knows; its page tells others that they are none.
            ("For Security Officials", my_approvals_url),
            *dead_letters.navigation(),
        ],
    }
