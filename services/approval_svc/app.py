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
from shared.web.current import settings
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
    person, profile_url = current_person(), settings(Settings).profile_url
    my_approvals = ("My Approvals", url_for("my_approvals.index"))
    navigation = [
        my_approvals,
        ("Roles", url_for("roles.index")),
        ("Role Reviews", url_for("reviews.index")),
        ("My Opinions", url_for("opinions.index")),
        ("My Mail", url_for("my_mail.show")),
        ("My Absence", url_for("my_absence.index")),
        ("My Profile", profile_url),
    ]
    if person is not None and person.is_operations:
        navigation.append(("Operations", url_for("operations.index")))
    return {
        "site_name": SITE_NAME,
        "home_url": url_for("my_approvals.index"),
        "navigation": navigation + dead_letters.navigation(),
        # Who came by an emailed link reaches everything else that waits for them; it asks to log in.
        "way_in": my_approvals,
        "profile_url": profile_url,
    }
