"""Liveness (`/healthz`) and readiness (`/readyz`, which names the parts that are missing)."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from webapp.http.context import runtime
from webapp.kit.errors import Unavailable

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def show_liveness() -> Response:
    return jsonify({"status": "ok"})


@bp.get("/readyz")
def show_readiness() -> Response:
    problems = {"database": _find_database_problem(), "search": _find_search_problem()}
    missing = sorted(name for name, problem in problems.items() if problem is not None)
    response = jsonify(
        {
            "status": "ready" if not missing else "not ready",
            "missing": missing,
            "problems": {name: problems[name] for name in missing},
        }
    )
    response.status_code = 503 if missing else 200
    return response


def _find_database_problem() -> str | None:
    try:
        with runtime().db.engine.connect():
            return None
    except SQLAlchemyError as error:
        return str(error).splitlines()[0]


def _find_search_problem() -> str | None:
    try:
        runtime().search.check()
    except Unavailable as error:
        return error.message
    return None
