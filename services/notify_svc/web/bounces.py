"""Where providers tell of mails that came back."""

from typing import Any

import structlog
from flask import Blueprint, Flask, abort, current_app, request
from werkzeug.wrappers import Response

from notify_svc.bounces.webhook import Call, Provider, UnprovenError, UnreadableError
from notify_svc.settings import Settings
from notify_svc.use_cases.record_bounce import record_bounces
from shared.clock import utc_now
from shared.web import limits
from shared.web.access import public
from shared.web.current import database

log = structlog.get_logger(__name__)

pages = Blueprint("bounces", __name__)

PROVIDERS = "notify_svc.providers"
LIMITED = "bounces.told"
MOST_BYTES = 1024 * 1024
"""SendGrid's batches and the largest SNS message are smaller."""


def install(app: Flask, providers: dict[str, Provider], settings: Settings) -> None:
    """Adds the endpoint to the app; an address whose calls were refused often has to wait before it is listened to.

    Reading a call may fetch a certificate: who proves nothing must not keep the threads busy with that.
    """
    app.extensions[PROVIDERS] = providers
    app.register_blueprint(pages)
    limiter = limits.install(app, settings)
    view: Any = app.view_functions[LIMITED]
    app.view_functions[LIMITED] = limiter.limit(settings.refused_bounces_by_address, deduct_when=_was_refused)(view)
    # A provider has no form of ours to take a token from; its proof is its own, and no cookie counts here.
    app.extensions["csrf"].exempt(told)


@pages.post("/bounces/<provider>")
@public("the provider's signature is checked")
def told(provider: str) -> tuple[str, int]:
    """Records what a provider tells; a repeated event is taken and changes nothing.

    404 for a provider that is not configured, 403 without its proof, 400 for what it is not documented to say, 429
    after too many of these.
    """
    providers: dict[str, Provider] = current_app.extensions[PROVIDERS]
    if provider not in providers:
        abort(404)
    now = utc_now()
    try:
        reports = providers[provider].read(_call(), now)
    except UnprovenError as error:
        log.warning("bounce endpoint called without proof", provider=provider, reason=str(error))
        abort(403)
    except UnreadableError as error:
        log.warning("bounce endpoint told nonsense", provider=provider, reason=str(error))
        abort(400)
    with database().transaction() as session:
        recorded = record_bounces(session, reports, now)
    log.info("bounces recorded", provider=provider, results=[each.value for each in recorded])
    return "", 204


def _was_refused(answer: Response) -> bool:
    return answer.status_code >= 400


def _call() -> Call:
    request.max_content_length = MOST_BYTES
    signed_in = request.authorization
    return Call(
        body=request.get_data(cache=False),
        headers={name.lower(): value for name, value in request.headers.items()},
        user=signed_in.username if signed_in else None,
        password=signed_in.password if signed_in else None,
    )
