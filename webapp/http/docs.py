"""API documentation at `/api/docs`: Swagger UI from its wheel, and the OpenAPI document."""

import json
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Flask, Response, redirect, send_from_directory
from werkzeug.wrappers import Response as BaseResponse

from webapp.http.openapi import build_document
from webapp.http.security_headers import CONTENT_SECURITY_POLICY, SWAGGER_POLICY

TITLE = "E-Com67 API"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/api/docs/assets/css/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript; the document itself is at /api/v1/openapi.json</noscript>
<script src="/api/docs/assets/js/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
# A file of its own, because the page's policy lets no script inside a page run.
START_SCRIPT = """\
SwaggerUIBundle({
  url: "/api/v1/openapi.json", dom_id: "#docs", docExpansion: "list",
  persistAuthorization: true, validatorUrl: null,
});
"""


def find_assets_folder() -> Path:
    """Return the folder of Swagger UI in its wheel, without importing its Flask extension."""
    spec = find_spec("flask_openapi_swagger")
    if spec is None or spec.origin is None:
        msg = "flask-openapi-swagger is not installed: run the locked install again"
        raise RuntimeError(msg)
    return Path(spec.origin).parent / "templates" / "swagger"


def build_blueprint(app: Flask) -> Blueprint:
    bp = Blueprint("docs", __name__)
    folder = find_assets_folder()

    @cache
    def openapi_json() -> str:
        # `jsonify` would sort the keys of the examples, unlike real responses.
        return json.dumps(build_document(app, title=TITLE, version=version("e-com67")))

    @bp.get("/")
    def redirect_to_docs() -> BaseResponse:
        return redirect("/api/docs")

    @bp.get("/api/docs")
    def page() -> Response:
        response = Response(PAGE.format(title=TITLE), mimetype="text/html")
        response.headers[CONTENT_SECURITY_POLICY] = SWAGGER_POLICY
        return response

    @bp.get("/api/docs/start.js")
    def start_script() -> Response:
        return Response(START_SCRIPT, mimetype="text/javascript")

    @bp.get("/api/docs/assets/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(folder, name, max_age=86_400)

    @bp.get("/api/v1/openapi.json")
    def openapi() -> Response:
        return Response(openapi_json(), mimetype="application/json")

    return bp
