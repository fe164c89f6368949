"""How often somebody may try to log in: by address and by user ID, counted where all processes see it."""

import hashlib
from math import ceil
from typing import Any

from flask import Flask, current_app, render_template, request
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from identity_svc.domain.user_ids import normal
from identity_svc.settings import Settings
from shared.clock import utc_now

LIMITED = "login.submit"
_LIMITER = "identity_svc.limiter"


def install(app: Flask, settings: Settings) -> None:
    """Limits the login view. While the store of counts is away, each process counts for itself."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.rate_limit_url,
        key_prefix="identity_svc",
        in_memory_fallback_enabled=True,
    )
    app.extensions[_LIMITER] = limiter
    view: Any = app.view_functions[LIMITED]
    for limit in (
        limiter.limit(settings.login_rate_by_user_id, key_func=_typed_user_id),
        limiter.limit(settings.login_rate_by_address),
    ):
        view = limit(view)
    app.view_functions[LIMITED] = view
    app.register_error_handler(RateLimitExceeded, _too_many)


def _typed_user_id() -> str:
    # A digest: user IDs do not belong into the store of counts.
    return hashlib.sha256(normal(request.form.get("user_id", "")).encode()).hexdigest()


def _too_many(_error: RateLimitExceeded) -> Response:
    limit = current_app.extensions[_LIMITER].current_limit
    # Not `limit.reset_at`, which is rounded up and can be a second past the window.
    seconds = max(1, ceil(limit.window.reset_time - utc_now().timestamp())) if limit else 60
    answer = current_app.make_response((render_template("error.html", code=429, request_id=None), 429))
    answer.headers["Retry-After"] = str(seconds)
    return answer
