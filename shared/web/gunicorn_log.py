"""gunicorn's own lines through our logging; its access log is off because paths can hold decision links."""

import logging
from typing import Any

from gunicorn.glogging import Logger


class StructuredLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Sends gunicorn's lines to the root logger and writes no access line."""

    def setup(self, cfg: Any) -> None:
        """Leaves handlers and formats to `shared.logs`."""
        self.error_log = logging.getLogger("gunicorn")
        self.error_log.setLevel(logging.WARNING)

    def access(self, *_: Any) -> None:
        """Writes nothing: the app logs each request by its route, without what the path holds."""
