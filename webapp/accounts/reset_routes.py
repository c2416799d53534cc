"""The page that the link in a mail opens, to choose a new password.

The token stands behind the `#` of the link, which browsers send to nobody, so it is in no log and
no referrer. A script moves it into the form; without scripts, people paste it. Opening the page
changes nothing, because mail programs open links to inspect their content.
"""

from http import HTTPStatus

from flask import Blueprint, Response, render_template_string, request

from webapp.accounts import routes
from webapp.accounts.errors import WrongResetToken
from webapp.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from webapp.accounts.recovery import RESET_PATH
from webapp.http.security_headers import CONTENT_SECURITY_POLICY, FORM_POLICY
from webapp.kit.errors import CommerceError, TooManyRequests

HEADERS = {CONTENT_SECURITY_POLICY: FORM_POLICY, "X-Robots-Tag": "noindex"}
"""Besides those of every answer."""
SCRIPT_PATH = "/reset-password.js"
# A file of its own, because the page's policy lets no script inside a page run.
SCRIPT = """\
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const field = document.getElementById("token");
if (token && field) {
  field.value = token;
  document.getElementById("paste").hidden = true;
  history.replaceState(null, "", location.pathname);
}
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>A new password</title>
</head>
<body>
<main>
<h1>A new password</h1>
{% if is_done %}
<p role="status">Your new password is set, and every device is signed out. Sign in with it.</p>
{% else %}
{% if problem %}<p role="alert">{{ problem }}</p>{% endif %}
{% if token is not none %}
<form method="post" action="{{ path }}">
{% if token %}
<input type="hidden" name="token" value="{{ token }}">
{% else %}
<div id="paste">
<p><label for="token">What stands after <code>#token=</code> in the mailed link</label></p>
<p><input id="token" name="token" autocomplete="off" required></p>
</div>
{% endif %}
<p><label for="password">New password</label></p>
<p><input id="password" name="password" type="password" autocomplete="new-password" required
minlength="{{ min_length }}" maxlength="{{ max_length }}" autofocus></p>
<p>{{ min_length }} or more characters, with upper and lower case, a digit and a symbol.</p>
<p><button>Set the new password</button></p>
</form>
{% endif %}
{% endif %}
</main>
<script src="{{ script_path }}"></script>
</body>
</html>
"""

bp = Blueprint("reset_page", __name__)


@bp.get(RESET_PATH)
def show_reset_page() -> Response:
    """Links of earlier versions have the token in the query: they expired within an hour."""
    token = request.args.get("token")
    if token is None:
        return _render_page(token="")
    try:
        routes.require_reset_link(token)
    except CommerceError as error:
        return _render_page(problem=error)
    return _render_page(token=token)


@bp.get(SCRIPT_PATH)
def send_reset_script() -> Response:
    return Response(SCRIPT, mimetype="text/javascript")


@bp.post(RESET_PATH)
def submit_reset_page() -> Response:
    token, password = (request.form.get(name, "") for name in ("token", "password"))
    try:
        device_token = routes.set_new_password(token, password)
    except WrongResetToken as error:
        return _render_page(problem=error)
    except CommerceError as error:
        return _render_page(token=token, problem=error)
    response = _render_page(is_done=True)
    routes.set_device_cookie(response, device_token)
    return response


def _render_page(
    *,
    token: str | None = None,
    problem: CommerceError | None = None,
    is_done: bool = False,
) -> Response:
    """With a form if there is a token, which may be empty: it is in the address, or pasted."""
    page = render_template_string(
        PAGE,
        path=RESET_PATH,
        script_path=SCRIPT_PATH,
        token=token,
        problem=problem.message if problem else None,
        is_done=is_done,
        min_length=MIN_LENGTH,
        max_length=MAX_LENGTH,
    )
    status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    if isinstance(problem, TooManyRequests):
        status = HTTPStatus.TOO_MANY_REQUESTS
    return Response(page, status, headers=HEADERS, mimetype="text/html")
