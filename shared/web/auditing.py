"""Tells the audit who sent a web request, and from where."""

from flask import Flask, g, request

from shared.audit import acting
from shared.audit.acting import ANONYMOUS, Acting, user
from shared.web.person import current_person


def init(app: Flask) -> None:
    """Makes every entry that is recorded during a request name the person, the address and the page."""

    @app.before_request
    def begin() -> None:
        acting.begin(sender)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        acting.end()


def sender() -> Acting:
    """Returns who sent the request at hand. The page is named by its route: a path can hold a decision link."""
    person = current_person()
    origin = {
        "kind": "web",
        "address": request.remote_addr,
        "route": str(request.url_rule),
        "request_id": g.get("request_id"),
    }
    return Acting(user(person.user_id) if person else ANONYMOUS, origin)
