"""How often one client may do what guessing takes, counted where all copies of a process see it."""

from math import ceil
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from shared.clock import utc_now
from shared.settings import ServiceSettings

_LIMITER = "countersign.limiter"
SHORTEST_WAIT, WAIT_WHEN_UNKNOWN = 1, 60
"""Seconds."""
REDIS = ("redis", "rediss")
PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}
"""In seconds. Without it, nobody could sign in or decide while the broker hangs: each request would wait for it."""


def install(app: Flask, settings: ServiceSettings) -> Limiter:
    """Returns what limits views of the app, by the client's address unless told otherwise.

    The address is the connection's; X-Forwarded-For counts only behind as many proxies as TRUSTED_PROXIES says. While
    the store of counts is away or does not answer, each process counts for itself.
    """
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.rate_limit_url,
        storage_options=dict(PATIENCE) if urlsplit(settings.rate_limit_url).scheme in REDIS else {},
        key_prefix=settings.service,
        in_memory_fallback_enabled=True,
    )
    app.extensions[_LIMITER] = limiter
    app.register_error_handler(RateLimitExceeded, too_many)
    return limiter


def too_many(_error: RateLimitExceeded) -> Response:
    """Returns the page that says when to come back."""
    limit = current_app.extensions[_LIMITER].current_limit
    # Not `limit.reset_at`, which is rounded up and can be a second past the window.
    left = ceil(limit.window.reset_time - utc_now().timestamp()) if limit else WAIT_WHEN_UNKNOWN
    answer = current_app.make_response((render_template("error.html", code=429, request_id=None), 429))
    answer.headers["Retry-After"] = str(max(SHORTEST_WAIT, left))
    return answer
