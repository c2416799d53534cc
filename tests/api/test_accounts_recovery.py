import json
import re
import subprocess
from shutil import which
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from webapp.accounts import recovery
from webapp.accounts.models import Customer, RefreshToken
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now

EMAIL, OLD, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"


@pytest.fixture
def ada(runtime: Runtime) -> UUID:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(OLD)
        return customer.id


def mailed_token(runtime: Runtime, customer_id: UUID) -> str:
    """The token of a link as the mail job issues it."""
    with runtime.db.unit_of_work() as session:
        return recovery.issue_reset_token(
            session, customer_id=customer_id, now=utc_now()
        )


def stored_hash(session: Session) -> str | None:
    return session.scalars(select(Customer.password_hash)).one()


@pytest.mark.usefixtures("ada")
def test_a_link_is_enqueued_whether_there_is_an_account_or_not(
    nobody: ApiClient, runtime: Runtime
) -> None:
    for email in ("Ada@Example.com", "no@example.com"):
        response = nobody.call("POST", "/auth/forgot-password", {"email": email})
        assert (response.status_code, response.data) == (204, b"")

    with runtime.db.unit_of_work() as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        assert [(row.job, row.arguments) for row in messages] == [
            ("accounts.mail_code", {"email": email, "purpose": "reset_password"})
            for email in (EMAIL, "no@example.com")
        ]


def test_a_new_password_replaces_the_old_and_ends_the_sign_ins(
    nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    tokens = nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": OLD})
    body = {"token": mailed_token(runtime, ada), "password": NEW}

    response = nobody.call("POST", "/auth/reset-password", body)

    assert (response.status_code, response.data) == (204, b"")
    old = {"email": EMAIL, "password": OLD}
    assert nobody.expect_error("POST", "/auth/login", old) == (401, "WRONG_CREDENTIALS")
    refresh_body = {"refreshToken": tokens["refreshToken"]}
    assert nobody.expect_error("POST", "/auth/refresh", refresh_body) == (
        401,
        "BAD_REFRESH_TOKEN",
    )
    nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": NEW})


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"token": "not it"}, (400, "WRONG_RESET_TOKEN")),
        ({"password": "weak"}, (400, "WEAK_PASSWORD")),
        ({"password": ""}, (400, "INVALID_REQUEST")),
        ({"token": None}, (400, "INVALID_REQUEST")),
    ],
)
def test_a_rejected_reset_changes_nothing(
    nobody: ApiClient,
    runtime: Runtime,
    ada: UUID,
    changed: dict[str, str],
    error: tuple[int, str],
) -> None:
    nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": OLD})
    token = mailed_token(runtime, ada)
    with runtime.db.unit_of_work() as session:
        before = stored_hash(session)
    body = {"token": token, "password": NEW} | changed

    assert nobody.expect_error("POST", "/auth/reset-password", body) == error

    with runtime.db.unit_of_work() as session:
        assert stored_hash(session) == before
        [row] = session.scalars(select(RefreshToken))
        assert row.revoked_at is None


def test_a_weak_password_leaves_the_link_as_it_is(
    nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    body = {"token": mailed_token(runtime, ada), "password": NEW}

    for _ in range(11):
        weak = body | {"password": "weak"}
        error = nobody.expect_error("POST", "/auth/reset-password", weak)
        assert error == (400, "WEAK_PASSWORD")

    nobody.expect_ok("POST", "/auth/reset-password", body)


PAGE = "/reset-password"


def test_a_link_of_an_earlier_version_sets_a_password_and_leaks_no_token(
    client: FlaskClient, nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    token = mailed_token(runtime, ada)

    pages = [client.get(PAGE, query_string={"token": token}) for _ in range(2)]
    rejected = client.post(PAGE, data={"token": token, "password": "weak"})
    done = client.post(PAGE, data={"token": token, "password": NEW})
    again = client.post(PAGE, data={"token": token, "password": NEW})

    assert [page.status_code for page in pages] == [200, 200]
    assert [rejected.status_code, done.status_code, again.status_code] == [
        400,
        200,
        400,
    ]
    assert token in rejected.text
    assert token not in done.text + again.text
    for page in (*pages, rejected, done, again):
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert find_scripts(page) == [' src="/reset-password.js"></script>']
        assert "style" not in page.text
    nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": NEW})


def find_scripts(page: TestResponse) -> list[str]:
    """What stands in the page from each `<script` on to the end of the line."""
    return re.findall(r"<script(.*)", page.text)


def test_the_token_of_a_link_comes_with_the_form_and_not_with_the_address(
    client: FlaskClient, nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    token = mailed_token(runtime, ada)

    page = client.get(PAGE)  # what is behind the # is not sent

    assert page.status_code == 200
    [tag] = re.findall(r'<input[^>]* name="token"[^>]*>', page.text)
    assert "required" in tag
    assert "hidden" not in tag, "without scripts it can be pasted"
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'; form-action 'self'" in policy
    script = client.get("/reset-password.js")
    assert script.mimetype == "text/javascript"
    done = client.post(PAGE, data={"token": token, "password": NEW})
    assert done.status_code == 200
    nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": NEW})


BROWSER = """
const fields = {token: {value: ""}, paste: {hidden: false}};
const replaced = [];
globalThis.location = {hash: process.argv[2], pathname: "/reset-password"};
globalThis.document = {getElementById: (id) => fields[id] ?? null};
globalThis.history = {replaceState: (...parts) => replaced.push(parts[2])};
require("node:vm").runInThisContext(process.argv[1]);
console.log(JSON.stringify([fields.token.value, fields.paste.hidden, replaced]));
"""


@pytest.mark.slow
@pytest.mark.skipif(which("node") is None, reason="needs a JavaScript engine")
@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("#token=a-b_c", ["a-b_c", True, ["/reset-password"]]),
        ("#from=mail&token=a-b_c", ["a-b_c", True, ["/reset-password"]]),
        ("#token=", ["", False, []]),
        ("", ["", False, []]),
    ],
)
def test_the_script_moves_the_token_from_the_address_into_the_form(
    client: FlaskClient, fragment: str, expected: list[object]
) -> None:
    script = client.get("/reset-password.js").text

    run = subprocess.run(
        ["node", "-e", BROWSER, script, fragment],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(run.stdout) == expected


@pytest.mark.parametrize("token", ["", "not it", '"><script>alert(1)</script>'])
def test_the_page_of_a_link_that_does_not_work_says_so(
    client: FlaskClient, token: str
) -> None:
    page = client.get(PAGE, query_string={"token": token})

    assert page.status_code == 400
    assert "has been used or has expired" in page.text
    assert find_scripts(page) == [' src="/reset-password.js"></script>']
    assert "<form" not in page.text


def test_a_new_password_revokes_the_access_tokens(
    nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    before = nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": OLD})
    bearer = {"Authorization": f"Bearer {before['accessToken']}"}
    assert nobody.call("GET", "/cart", headers=bearer).status_code == 200

    nobody.expect_ok(
        "POST",
        "/auth/reset-password",
        {"token": mailed_token(runtime, ada), "password": NEW},
    )

    response = nobody.call("GET", "/cart", headers=bearer)
    assert response.get_json()["error"]["code"] == "TOKEN_REVOKED"
    after = nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": NEW})
    bearer = {"Authorization": f"Bearer {after['accessToken']}"}
    assert nobody.call("GET", "/cart", headers=bearer).status_code == 200


@pytest.mark.usefixtures("ada")
def test_logging_out_of_all_devices_revokes_all_tokens_and_devices(
    nobody: ApiClient,
) -> None:
    credentials = {"email": EMAIL, "password": OLD}
    first, second = (
        nobody.expect_ok("POST", "/auth/login", credentials) for _ in range(2)
    )

    body = {"refreshToken": first["refreshToken"], "allDevices": True}
    nobody.expect_ok("POST", "/auth/logout", body)

    for tokens in (first, second):
        bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
        assert nobody.call("GET", "/cart", headers=bearer).status_code == 401
        refresh = {"refreshToken": tokens["refreshToken"]}
        assert nobody.expect_error("POST", "/auth/refresh", refresh)[0] == 401
    known = {"X-Device": first["deviceToken"]}
    again = nobody.call("POST", "/auth/login", credentials, headers=known)
    assert again.get_json()["deviceToken"] != first["deviceToken"]
