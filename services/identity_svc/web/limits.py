"""How often somebody may try to log in: by address, by user ID, and by wrong passwords from one address."""

import hashlib
from typing import Any

from flask import Flask, request
from werkzeug.wrappers import Response

from identity_svc.domain.user_ids import normal
from identity_svc.settings import Settings
from shared.web import limits

LIMITED = "login.submit"


def install(app: Flask, settings: Settings) -> None:
    """Limits the login view."""
    limiter = limits.install(app, settings)
    view: Any = app.view_functions[LIMITED]
    for limit in (
        limiter.limit(settings.login_rate_by_user_id, key_func=_typed_user_id),
        limiter.limit(settings.login_rate_by_address),
        # One password tried with many user IDs locks no account; it is seen where the tries come from.
        limiter.limit(settings.login_failures_by_address, deduct_when=_was_wrong),
    ):
        view = limit(view)
    app.view_functions[LIMITED] = view


def _typed_user_id() -> str:
    # A digest: user IDs do not belong into the store of counts.
    return hashlib.sha256(normal(request.form.get("user_id", "")).encode()).hexdigest()


def _was_wrong(answer: Response) -> bool:
    return answer.status_code == 400
