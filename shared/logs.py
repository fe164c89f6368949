"""Structured log lines with the correlation id of the role request that they belong to.

Nobody's name, address, token or form field goes into a line: ids only (`mask` for an address that
somebody must recognize).
"""

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from shared.faults import describe

if TYPE_CHECKING:
    from structlog.typing import ExcInfo, Processor


def configure(level: str, format: str, **always: str) -> None:
    """Sets up structlog and the standard library's logging to write to standard output.

    Args:
        level: the least severe level that is written.
        format: "json" or "console".
        always: bound to every line, e.g. service and process role.
    """
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.ExceptionRenderer(_without_personal_data),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**always)


def _without_personal_data(exc_info: "ExcInfo") -> str:
    return describe(exc_info[1])


def mask(address: str) -> str:
    """Returns an address of which only the first letter and the domain can be read: j***@example.org."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"
