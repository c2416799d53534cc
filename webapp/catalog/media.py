"""Serves product pictures from the platform's storage."""

import mimetypes

from flask import Blueprint, Response

from webapp.http.context import runtime
from webapp.http.security_headers import CONTENT_SECURITY_POLICY, PICTURE_POLICY

FOLDER = "media"
# A file name always has the same content, so a cached picture is never stale.
MAX_AGE_S = 86_400

bp = Blueprint("media", __name__)


@bp.get(f"/{FOLDER}/<path:name>")
def show_picture(name: str) -> Response:
    content = runtime().storage.read_bytes(f"{FOLDER}/{name}")
    # Python's strict table of registered types has no WebP.
    media_type = (
        mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    )
    response = Response(content, mimetype=media_type)
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE_S
    response.headers[CONTENT_SECURITY_POLICY] = PICTURE_POLICY
    return response
