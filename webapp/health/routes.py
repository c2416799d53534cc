"""`/healthz`: the process is alive. `/readyz`: it can do its work, or which part is missing."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from webapp.http.context import runtime
from webapp.kit.errors import Unavailable

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    return jsonify({"status": "ok"})


@bp.get("/readyz")
def ready() -> Response:
    parts = {"database": _database(), "search": _search()}
    missing = sorted(name for name, problem in parts.items() if problem is not None)
    response = jsonify(
        {
            "status": "ready" if not missing else "not ready",
            "missing": missing,
            "problems": {name: parts[name] for name in missing},
        }
    )
    response.status_code = 503 if missing else 200
    return response


def _database() -> str | None:
    try:
        with runtime().db.engine.connect():
            return None
    except SQLAlchemyError as problem:
        return str(problem).splitlines()[0]


def _search() -> str | None:
    try:
        runtime().search.check()
    except Unavailable as problem:
        return problem.message
    return None
