"""The control API refuses, in a sentence, what would have no effect."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.config import PROJECT_ROOT
from webapp.devtools.stripe_simulator.app import create_app
from webapp.devtools.stripe_simulator.event_types import EVENT_TYPES
from webapp.devtools.stripe_simulator.simulator import Simulator, SimulatorOptions

KEY = {"Authorization": "Bearer sk_test_1"}
SOURCES = PROJECT_ROOT / "webapp/devtools/stripe_simulator"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    options = SimulatorOptions(
        tmp_path / "s.sqlite3",
        port=1,
        api_key="sk_test_1",
        webhook_url="http://127.0.0.1:1/",
        webhook_secret="whsec_1",
    )
    simulator = Simulator(options)
    yield create_app(simulator).test_client()
    simulator.close()


def test_every_type_of_event_is_known() -> None:
    emitted = {
        kind
        for name in ("intents", "refunds", "transitions")
        for kind in re.findall(
            r'"((?:payment_intent|charge|refund)\.[a-z_.]+)"',
            (SOURCES / f"{name}.py").read_text(),
        )
    }

    assert emitted == set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            {"kind": "slow", "target": "payment_intent.create"},
            "target: 'payment_intent.",
        ),
        ({"kind": "slow", "target": "payment_intent.succeeded"}, "is no operation"),
        ({"kind": "lose_webhook", "target": "refunds.create"}, "is no type of event"),
        ({"kind": "lose_webhook", "target": "charge.succeeded"}, "is not sent"),
        ({"kind": "slow", "target": ""}, "is no operation"),
        ({"kind": "slow", "sekonds": 1}, "sekonds: is unknown"),
        ({"kind": "slow", "count": 0}, "count: Input should be greater than"),
        ([], "Input should be an object"),
    ],
)
def test_a_fault_that_cannot_strike_is_refused(
    client: FlaskClient, fault: object, message: str
) -> None:
    response = client.post("/_simulator/faults", json=fault, headers=KEY)

    assert response.status_code == 400
    error = response.get_json()["error"]
    assert message in error["message"]
    assert "pydantic" not in error["message"]
    assert "\n" not in error["message"]
    assert error["type"] == "invalid_request_error"
    assert client.get("/_simulator/faults", headers=KEY).get_json() == {"faults": []}


def test_a_fault_of_webhooks_needs_an_endpoint(tmp_path: Path) -> None:
    options = SimulatorOptions(tmp_path / "s.sqlite3", port=1, api_key="sk_test_1")
    simulator = Simulator(options)
    client = create_app(simulator).test_client()

    response = client.post(
        "/_simulator/faults", json={"kind": "lose_webhook"}, headers=KEY
    )
    simulator.close()

    assert response.status_code == 400
    assert "STRIPE_WEBHOOK_SECRET" in response.get_json()["error"]["message"]


@pytest.mark.parametrize("event", ["refund.*", "payment_intents.create", ""])
def test_only_known_events_can_be_subscribed_to(
    client: FlaskClient, event: str
) -> None:
    body = {"enabled_events": ["refund.created", event]}

    response = client.put("/_simulator/webhook", json=body, headers=KEY)

    assert response.status_code == 400
    assert f"{event!r} is no type of event" in response.get_json()["error"]["message"]
    every = {"enabled_events": ["*"]}
    assert client.put("/_simulator/webhook", json=every, headers=KEY).status_code == 200
