"""/healthz: the process answers. /readyz: it can do its work, for load balancers and supervisors."""

from flask import Blueprint, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response

from shared.db import Database
from shared.web.access import public


def checks(database: Database) -> Blueprint:
    """Returns the two routes; neither tells a stranger more than yes or no."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    @public("asked by supervisors without an account")
    def healthz() -> Response:
        return jsonify(alive=True)

    @health.get("/readyz")
    @public("asked by load balancers without an account")
    def readyz() -> tuple[Response, int]:
        try:
            with database.reading() as session:
                session.execute(text("SELECT 1"))
        except DBAPIError:
            return jsonify(ready=False, database=False), 503
        return jsonify(ready=True, database=True), 200

    return health
