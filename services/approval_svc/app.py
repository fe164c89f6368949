"""The web process of approval_svc."""

from flask import Flask, url_for

from approval_svc.settings import Settings
from approval_svc.web import (
    addresses,
    asking_in,
    commenting,
    deadlines,
    decide_by_link,
    digests,
    handing_over,
    my_absence,
    my_approvals,
    my_mail,
    operations,
    opinions,
    questions,
    reviews,
    revoking,
    roles,
    sign_ins,
    visits,
)
from shared.db import Database
from shared.web import dead_letters, signin
from shared.web.factory import base_app
from shared.web.person import current_person

SITE_NAME = "iQIES Role Approvals"
PAGES = (
    decide_by_link,
    digests,
    my_approvals,
    questions,
    handing_over,
    asking_in,
    commenting,
    opinions,
    my_mail,
    my_absence,
    revoking,
    roles,
    reviews,
    operations,
    addresses,
    deadlines,
    dead_letters,
)


def create_app(settings: Settings, database: Database) -> Flask:
    """Returns the app: decision links, the signed-in official's list, and operations pages."""
    app = base_app("approval_svc", settings, database, form_targets=settings.oidc_origin)
    signin.init(app, settings, on_sign_in=sign_ins.note)
    for module in PAGES:
        app.register_blueprint(module.pages)
    visits.answer_unusable_links(app, settings)
    app.context_processor(_layout)
    return app


def _layout() -> dict[str, object]:
    person = current_person()
    navigation = [("My Approvals", url_for("my_approvals.index"))]
    if person is not None:
        navigation.append(("Roles", url_for("roles.index")))
        navigation.append(("Role Reviews", url_for("reviews.index")))
        navigation.append(("My Opinions", url_for("opinions.index")))
        navigation.append(("My Mail", url_for("my_mail.show")))
        navigation.append(("My Absence", url_for("my_absence.index")))
    if person is not None and person.is_operations:
        navigation.append(("Operations", url_for("operations.index")))
    navigation += dead_letters.navigation()
    return {"site_name": SITE_NAME, "home_url": url_for("my_approvals.index"), "navigation": navigation}
