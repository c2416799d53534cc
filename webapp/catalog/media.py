"""Pictures of products, from the platform's storage."""

import mimetypes

from flask import Blueprint, Response

from webapp.http.context import runtime

FOLDER = "media"
# A picture keeps its name for as long as it keeps its content.
MAX_AGE_S = 86_400

bp = Blueprint("media", __name__)


@bp.get(f"/{FOLDER}/<path:name>")
def show_picture(name: str) -> Response:
    content = runtime().storage.read_bytes(f"{FOLDER}/{name}")
    # WebP is not strictly a registered type to Python.
    kind = mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    response = Response(content, mimetype=kind)
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE_S
    # An SVG opened by itself is a page: it must not run what somebody put into it.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
