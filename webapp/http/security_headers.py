"""Response headers that tell browsers what they may do with an answer, the same for all.

Nothing is cached, unless the view says so itself: a proxy or a browser that keeps a private
answer shows it to the next person.
"""

from collections.abc import Mapping

from flask import Flask, Response

from webapp.config import Settings

CONTENT_SECURITY_POLICY = "Content-Security-Policy"
_FRAMED_BY_NOBODY = "frame-ancestors 'none'; base-uri 'none'"
DATA_POLICY = f"default-src 'none'; form-action 'none'; {_FRAMED_BY_NOBODY}"
"""Of an answer that is no page. Opened directly, it runs and loads nothing."""
FORM_POLICY = (
    "default-src 'none'; script-src 'self'; form-action 'self'; " + _FRAMED_BY_NOBODY
)
"""Of our own page with a form and a script of its own, without style."""
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    + _FRAMED_BY_NOBODY
)
"""Of our own page with a form and no script."""
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    + _FRAMED_BY_NOBODY
)
"""Of a report as a page, which has its pictures in it."""
PICTURE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
    + _FRAMED_BY_NOBODY
)
"""Of a picture. A browser opens an SVG as a page: scripts embedded in it must not run."""
SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; " + _FRAMED_BY_NOBODY
)
"""Of Swagger UI, which styles its elements by attributes and has its icons in the style sheet."""
HSTS_MAX_AGE_S = 365 * 24 * 3_600


def build_page(page: str, policy: str) -> Response:
    """Of a page of our own, which may do what the policy says."""
    response = Response(page, mimetype="text/html")
    response.headers[CONTENT_SECURITY_POLICY] = policy
    return response


def build_security_headers(settings: Settings) -> Mapping[str, str]:
    headers = {
        CONTENT_SECURITY_POLICY: DATA_POLICY,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    if settings.has_tls_site:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_MAX_AGE_S}"
    return headers


def install(app: Flask, settings: Settings) -> None:
    headers = [
        (name.lower(), (name, value))
        for name, value in build_security_headers(settings).items()
    ]

    @app.after_request
    def add_security_headers(response: Response) -> Response:
        # In one pass: `setdefault` searches all headers for each of these.
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend(
            [header for name, header in headers if name not in present]
        )
        return response
