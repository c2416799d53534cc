"""Neither a page in the developer's browser nor a program without the key uses the control API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.devtools.stripe_simulator.app import create_app
from webapp.devtools.stripe_simulator.simulator import Simulator, SimulatorOptions

FAULT = {"kind": "rate_limit"}
KEY = {"Authorization": "Bearer sk_test_1"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    options = SimulatorOptions(tmp_path / "s.sqlite3", port=1, api_key="sk_test_1")
    simulator = Simulator(options)
    yield create_app(simulator).test_client()
    simulator.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1:12111"}, 200),
        ({"Host": "localhost:12111"}, 200),
        ({"Host": "[::1]:12111"}, 200),
        ({"Host": "evil.example:12111"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "evil.example@localhost"}, 403),
        ({"Host": "localhost/evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_only_programs_of_this_machine_arm_faults(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    response = client.post("/_simulator/faults", json=FAULT, headers=KEY | headers)

    assert response.status_code == status
    armed = client.get("/_simulator/faults", headers=KEY).get_json()["faults"]
    assert len(armed) == (status == 200)


def test_other_names_get_no_page_and_no_api(client: FlaskClient) -> None:
    for path in ("/", "/v1/charges", "/_simulator/state"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 403


REQUESTS = [
    ("GET", "/_simulator/state"),
    ("GET", "/_simulator/state?order_id=1"),
    ("GET", "/_simulator/faults"),
    ("POST", "/_simulator/faults"),
    ("DELETE", "/_simulator/faults"),
    ("POST", "/_simulator/authenticate/pi_1"),
    ("POST", "/_simulator/refunds/re_1/fail"),
    ("PUT", "/_simulator/webhook"),
    ("OPTIONS", "/_simulator/state"),
]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sk_test_2"},
        {"Authorization": "Bearer sk_test_ß"},
        {"Authorization": "Bearer "},
        {"Authorization": "sk_test_1"},
        {"Authorization": "Basic c2tfdGVzdF8y"},
    ],
)
def test_a_program_without_the_key_gets_nothing_and_is_shown_how(
    client: FlaskClient, method: str, path: str, headers: dict[str, str]
) -> None:
    response = client.open(path, method=method, json=FAULT, headers=headers)

    assert response.status_code == 401
    assert response.get_json()["error"]["message"].endswith(
        "send the header Authorization: Bearer $STRIPE_API_KEY"
    )


def test_every_request_of_the_control_api_is_tried_without_the_key(
    client: FlaskClient,
) -> None:
    rules = client.application.url_map.iter_rules()

    assert {rule.endpoint for rule in rules if rule.rule.startswith("/_simulator")} == {
        client.application.url_map.bind("").match(
            path.partition("?")[0], method=method
        )[0]
        for method, path in REQUESTS
        if method != "OPTIONS"
    }
