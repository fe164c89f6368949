"""Style and script that only this service's pages need."""

from pathlib import Path

from flask import Blueprint, send_from_directory
from werkzeug.wrappers import Response

from shared.web.access import public

pages = Blueprint("files", __name__)

STATIC = Path(__file__).parent / "static"


@pages.get("/assets/request/<path:name>")
@public("style and scripts of the pages, the same for everybody")
def file(name: str) -> Response:
    """Returns a file of web/static."""
    return send_from_directory(STATIC, name, max_age=300)
