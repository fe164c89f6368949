"""What an exception may say in a log line or a row: where it happened and of what kind, without people's data.

A database error quotes the values of the row that it refused; an SMTP error quotes addresses. Neither belongs where
operations read.
"""

import re
import sys
import traceback

import psycopg
from sqlalchemy.exc import DBAPIError

_ADDRESS = re.compile(r"([\w.+'-])[\w.+'-]*@([\w-]+\.)+[\w-]+")


def describe(error: BaseException) -> str:
    """Returns type, message and frames of the error and of what caused it, the cause last.

    A database error is told by its SQLSTATE and constraint; in other messages addresses are masked.
    """
    told = []
    current: BaseException | None = error
    while current is not None:
        told.append(f"{type(current).__qualname__}: {_message(current)}\n{_frames(current)}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "caused by ".join(told)


def _frames(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        frame.filename = _in_package(frame.filename)
    return "".join(traceback.format_list(frames))


def _in_package(path: str) -> str:
    """Returns a file's path below where its package is installed: where that is, is nobody's business."""
    roots = [f"{root}/" for root in sys.path if root and path.startswith(f"{root}/")]
    return path.removeprefix(max(roots, key=len, default=""))


def _message(error: BaseException) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg.Error):
        return " ".join(filter(None, (original.sqlstate, original.diag.constraint_name)))
    if isinstance(error, DBAPIError):
        return ""
    return _ADDRESS.sub(lambda found: f"{found.group(1)}***@…", str(error))
