"""Liveness (`/healthz`) and readiness (`/readyz`, which names the parts that are missing).

Anyone may ask: what is wrong with a part, and where it is, stands in the log only.
"""

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from webapp.http.context import runtime
from webapp.kit.errors import Unavailable

bp = Blueprint("health", __name__)
log = structlog.get_logger()


@bp.get("/healthz")
def show_liveness() -> Response:
    return jsonify({"status": "ok"})


@bp.get("/readyz")
def show_readiness() -> Response:
    missing = sorted(
        name for name, check in CHECKS.items() if not _passes_check(name, check)
    )
    response = jsonify(
        {"status": "ready" if not missing else "not ready", "missing": missing}
    )
    response.status_code = 503 if missing else 200
    return response


def _passes_check(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("not ready", part=name, error=str(error).splitlines()[0])
        return False
    return True


def _check_database() -> None:
    with runtime().db.engine.connect():
        pass


def _check_search() -> None:
    runtime().search.check()


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "search": _check_search,
}
