"""What every page of this service has around it: name, navigation, catalog, database."""

from flask import Flask, current_app, url_for

from request_svc.settings import Settings
from shared.catalog import Catalog
from shared.contracts import Person
from shared.db import Database
from shared.web.person import SignedIn, current_person

CATALOG = "request_svc.catalog"
SETTINGS = "request_svc.settings"
SITE_NAME = "iQIES"


def catalog() -> Catalog:
    """Returns the catalog that the app read when it was made."""
    loaded: Catalog = current_app.extensions[CATALOG]
    return loaded


def database() -> Database:
    """Returns the service's database."""
    found: Database = current_app.extensions["countersign.database"]
    return found


def settings() -> Settings:
    """Returns the service's settings."""
    found: Settings = current_app.extensions[SETTINGS]
    return found


def signed_in_person() -> SignedIn:
    """Returns who is signed in, on a page that the guard lets only such people open."""
    person = current_person()
    if person is None:
        raise LookupError("a page for signed-in people was reached by nobody")
    return person


def as_requester(person: SignedIn) -> Person:
    """Returns the person as messages name them."""
    return Person(user_id=person.user_id, name=person.name, email=person.email, phone=person.phone)


def around_pages(app: Flask) -> None:
    """Gives the layout its name and navigation."""

    @app.context_processor
    def layout() -> dict[str, object]:
        return {
            "site_name": SITE_NAME,
            "home_url": url_for("welcome.show"),
            "navigation": [
                ("Request User Role", url_for("steps.new")),
                ("My Profile", url_for("profile.show")),
                ("User Roles", url_for("roles.all_roles")),
                ("Role Finder", url_for("finder.show")),
            ],
        }
