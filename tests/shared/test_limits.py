"""The store of counts that limits are kept in: what it does to people when it does not work."""

import socket
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from flask_limiter.errors import RateLimitExceeded

from shared.settings import ServiceSettings, load
from shared.web import limits
from tests.shared.test_settings import GOOD, Kiosk

# Long enough for any machine; without a limit of its own a request would wait for ever.
PATIENCE_SECONDS = 30


def limited(store: str) -> Flask:
    settings: ServiceSettings = load(Kiosk, GOOD | {"RATE_LIMIT_URL": store})
    app = Flask(__name__)
    limiter = limits.install(app, settings)
    app.register_error_handler(RateLimitExceeded, lambda _error: ("later", 429))
    app.add_url_rule("/", "page", limiter.limit("2 per hour")(lambda: "here you are"))
    return app


def test_a_store_that_never_answers_keeps_nobody_waiting_and_the_process_counts_for_itself() -> None:
    with ThreadPoolExecutor() as pool, socket.create_server(("127.0.0.1", 0)) as silent:
        page = limited(f"redis://127.0.0.1:{silent.getsockname()[1]}/0").test_client()
        answers = [pool.submit(page.get, "/").result(timeout=PATIENCE_SECONDS).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
