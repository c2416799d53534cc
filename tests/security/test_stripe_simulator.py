"""A page in the developer's browser cannot use the simulator's control API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.devtools.stripe_simulator.app import create_app
from webapp.devtools.stripe_simulator.simulator import Simulator, SimulatorOptions

FAULT = {"kind": "rate_limit"}


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
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_only_programs_of_this_machine_arm_faults(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    response = client.post("/_simulator/faults", json=FAULT, headers=headers)

    assert response.status_code == status
    armed = client.get("/_simulator/faults").get_json()["faults"]
    assert len(armed) == (status == 200)


def test_other_names_get_no_page_and_no_api(client: FlaskClient) -> None:
    for path in ("/", "/v1/charges", "/_simulator/state"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
