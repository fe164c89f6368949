"""Who may open a page: each view says so, and a view that says nothing is refused.

@pages.get("/my-profile")
@signed_in
def my_profile() -> str: ...
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from shared.web.person import current_person

View = TypeVar("View", bound=Callable[..., Any])
_ACCESS = "__access__"

PUBLIC, SIGNED_IN, OPERATIONS = "public", "signed in", "operations"


def public(reason: str) -> Callable[[View], View]:
    """Marks a view as open to everybody; `reason` says why that is right."""

    def mark(view: View) -> View:
        view.__dict__["__public_reason__"] = reason
        return _marked(view, PUBLIC)

    return mark


def signed_in(view: View) -> View:
    """Marks a view as open to everybody who has signed in."""
    return _marked(view, SIGNED_IN)


def operations(view: View) -> View:
    """Marks a view as open to members of the operations group."""
    return _marked(view, OPERATIONS)


def access_of(view: Callable[..., Any]) -> str | None:
    """Returns the mark of a view: "public", "signed in", "operations", or None when it has none."""
    mark: str | None = getattr(view, _ACCESS, None)
    return mark


def guard(app: Flask) -> None:
    """Makes the app check the mark of each view before it runs."""
    app.before_request(_check)


def _marked(view: View, access: str) -> View:
    view.__dict__[_ACCESS] = access
    return view


def _check() -> Response | None:
    if request.endpoint is None:
        return None
    access = access_of(current_app.view_functions[request.endpoint])
    if access == PUBLIC:
        return None
    person = current_person()
    if person is None:
        return _to_sign_in()
    allowed = access == SIGNED_IN or (access == OPERATIONS and person.is_operations)
    return None if allowed else abort(403)


def _to_sign_in() -> Response:
    # What a POST carried cannot follow through sign-in; the person comes back to the page that holds the form.
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _page_of_form()
    return redirect(f"{url_for('signin.start')}?next={quote(back)}")


def _page_of_form() -> str:
    """Returns the path of a POST, or the nearest one above it that can be opened."""
    path, adapter = request.path, current_app.create_url_adapter(request)
    while path and adapter and "GET" not in adapter.allowed_methods(path):
        path = path.rpartition("/")[0]
    return path or "/"
