"""Refusals that end at another page than the form: the same wherever they are raised."""

from flask import Flask, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from request_svc.domain.refusals import (
    DraftMissingError,
    DraftSubmittedError,
    GrantMissingError,
    QuestionMissingError,
    RequestMissingError,
)

SUBMITTED = "role-request-submitted"
"""Flashed message: My Profile shows the green banner once."""


def register(app: Flask) -> None:
    """Answers what is not there, or another person's, with "not found"; a submitted draft with My Profile."""
    for missing in (DraftMissingError, GrantMissingError, QuestionMissingError, RequestMissingError):
        app.register_error_handler(missing, _not_found)
    app.register_error_handler(DraftSubmittedError, _to_profile)


def to_profile_with_banner() -> Response:
    """Returns the answer to Submit Request."""
    flash(SUBMITTED)
    return redirect(url_for("profile.show"), 303)


def _not_found(_error: LookupError) -> ResponseReturnValue:
    # Raised from here, NotFound would reach no other handler.
    return current_app.handle_http_exception(NotFound())


def _to_profile(_error: DraftSubmittedError) -> Response:
    return redirect(url_for("profile.show"), 303)
