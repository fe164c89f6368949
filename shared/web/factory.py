"""The Flask app that every service starts from."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, Flask, g, render_template, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from shared.clock import format_date, format_instant
from shared.db import Database
from shared.ids import new_id
from shared.settings import ServiceSettings
from shared.web import access, auditing, bodies, current, health
from shared.web.access import public
from shared.web.person import current_person

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 10
ONE_YEAR_SECONDS = 365 * 24 * 3600
HERE = Path(__file__).parent

# Scripts and styles come from files only; a page may not be framed; forms go to ourselves (and, after them, to the
# sign-in provider, which `form_targets` adds because browsers apply form-action to redirects too).
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class CookieForPages(SecureCookieSessionInterface):
    """Sends no cookie with what a cache may keep: it would hand one person's session to the next."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Leaves files and the like alone; everything else gets the cookie, and its new time of expiry."""
        if not response.cache_control.public:
            super().save_session(app, session, response)  # type: ignore[arg-type]  # Flask has a class of its own for it


class App(Flask):
    """Flask, but that it logs the route of what failed, never the path: a path can hold a decision link."""

    def log_exception(self, exc_info: Any) -> None:
        """Logs what no error page could be made for."""
        log.error("page failed", route=str(request.url_rule), exc_info=exc_info)


def base_app(import_name: str, settings: ServiceSettings, database: Database, *, form_targets: str = "") -> Flask:
    """Returns a Flask app with layout, guards, CSRF protection, security headers, error pages and health checks.

    Args:
        settings: of the service.
        database: of the service; /readyz asks it.
        import_name: the service's package, whose `web/templates` are found before the shared ones.
        form_targets: origins besides our own to which a form's answer may redirect.
    """
    app = App(import_name, template_folder="web/templates", static_folder=None)
    app.session_interface = CookieForPages()
    _configure(app, settings)
    current.keep(app, settings, database)
    bodies.limit(app)
    CSRFProtect(app)
    access.guard(app)
    app.register_blueprint(_assets(settings))
    app.register_blueprint(health.checks(database))
    _errors(app)
    _template_tools(app, settings)
    auditing.init(app)
    _around_requests(app, f"{POLICY} {form_targets}".strip())
    return app


def _configure(app: Flask, settings: ServiceSettings) -> None:
    secure = settings.public_url.startswith("https://")
    # One host can serve several services on different ports; cookies do not tell ports apart.
    prefix = "__Host-" if secure else ""
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SESSION_COOKIE_NAME=f"{prefix}{settings.service}",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.session_lifetime,
        PREFERRED_URL_SCHEME="https" if secure else "http",
        TRUSTED_HOSTS=[_host(settings.public_url), "127.0.0.1", "localhost"],
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # Flask's documented way


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _assets(settings: ServiceSettings) -> Blueprint:
    assets = Blueprint("assets", __name__, template_folder=str(HERE / "templates"))

    @assets.get("/assets/uswds/<path:name>")
    @public("style, fonts and scripts of every page")
    def uswds(name: str) -> Response:
        return send_from_directory(settings.assets_dir.resolve(), name, max_age=ONE_YEAR_SECONDS)

    @assets.get("/assets/countersign/<path:name>")
    @public("style and scripts of every page")
    def own(name: str) -> Response:
        return send_from_directory(HERE / "static", name, max_age=300)

    return assets


def _errors(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def form_expired(_error: CSRFError) -> tuple[str, int]:
        return render_template("form_expired.html"), 400

    @app.errorhandler(SecurityError)
    def foreign_host(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
        # No page can be built: its links would carry the host name that is refused here.
        return "This address is not served here.", 400, {"Content-Type": "text/plain"}

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int, dict[str, str]] | HTTPException:
        if error.code is None or error.code < 400:
            return error
        page = render_template("error.html", code=error.code, request_id=g.get("request_id"))
        # What belongs to the refusal, such as Allow with 405 (RFC 9110, section 15.5.6).
        more = {name: value for name, value in error.get_headers() if name != "Content-Type"}
        return page, error.code, more

    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeoutError)
    @app.errorhandler(OperationalError)
    def unavailable(error: SQLAlchemyError) -> tuple[str, int, dict[str, str]]:
        # The database is away, or a lock was held too long: both pass, and load balancers know what 503 means.
        log.warning("database not usable", route=str(request.url_rule), error=type(error).__name__)
        page = render_template("error.html", code=503, request_id=g.get("request_id"))
        return page, 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}

    @app.errorhandler(Exception)
    def failed(error: Exception) -> tuple[str, int]:
        log.error("page failed", route=str(request.url_rule), exc_info=error)
        return render_template("error.html", code=500, request_id=g.get("request_id")), 500


def _template_tools(app: Flask, settings: ServiceSettings) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    def zone() -> ZoneInfo:
        person = current_person()
        return ZoneInfo(person.zone) if person and person.zone else settings.display_zone

    @app.template_filter("day")
    def day(instant: datetime) -> str:
        return format_date(instant, zone())

    @app.template_filter("instant")
    def instant(value: datetime) -> str:
        return format_instant(value, zone())

    @app.context_processor
    def common() -> dict[str, object]:
        return {
            "person": current_person() if request else None,
            "service_center_phone": settings.service_center_phone,
            "service_center_email": settings.service_center_email,
            "can_sign_in": "countersign.oauth" in app.extensions,
        }


def _around_requests(app: Flask, policy: str) -> None:
    @app.before_request
    def begin() -> None:
        g.request_id, g.began = str(new_id()), time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(service=app.name, process="web", request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.blueprint != "assets":
            response.headers.setdefault("Cache-Control", "no-store")
            # The route, never the path: a path can hold a decision link.
            log.info(
                "request",
                method=request.method,
                route=str(request.url_rule) if request.url_rule else "(none)",
                status=response.status_code,
                milliseconds=round((time.monotonic() - g.get("began", time.monotonic())) * 1000, 1),
            )
        return response
