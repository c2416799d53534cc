"""The HTTP interface of a replica, without Ray."""

import json

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from agents.replica import TurnService
from tests.support.fake_agent_client import FakeAgentClient
from webapp.adapters.agents.port import Principal
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.chat.service import AgentName
from webapp.kit.ids import new_id

SECRET = "a secret of the tests, long enough for HS256"
CUSTOMER = Principal(new_id())
ADMIN = Principal(new_id(), ("admin",))
TURN = {"session_id": str(new_id()), "message": "hello"}


@pytest.fixture
def runner() -> FakeAgentClient:
    return FakeAgentClient()


def open_client(
    runner: FakeAgentClient, agent: AgentName, principal: Principal | None = None
) -> TestClient:
    service = TurnService(runner, agent, SECRET)
    app = Starlette(routes=[Route("/", service.answer, methods=["GET", "POST"])])
    token = issue_service_token(principal, secret=SECRET) if principal else "none"
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    ("agent", "principal"),
    [
        (AgentName.SUPPORT, CUSTOMER),
        (AgentName.SUPPORT, ADMIN),
        (AgentName.INSIGHTS, ADMIN),
    ],
)
def test_a_turn_is_answered_with_one_event_a_line(
    runner: FakeAgentClient, agent: AgentName, principal: Principal
) -> None:
    response = open_client(runner, agent, principal).post("/", json=TURN)

    assert response.status_code == 200
    events = [json.loads(line) for line in response.text.splitlines()]
    assert [event["type"] for event in events] == [
        "typing",
        "delta",
        "delta",
        "message",
    ]
    [turn] = runner.turns
    assert turn.principal == principal
    assert turn.message == "hello"


def test_insights_answers_no_customer(runner: FakeAgentClient) -> None:
    response = open_client(runner, AgentName.INSIGHTS, CUSTOMER).post("/", json=TURN)

    assert response.status_code == 403
    assert runner.turns == []


@pytest.mark.parametrize("agent", AgentName)
def test_a_turn_without_a_service_token_is_rejected(
    runner: FakeAgentClient, agent: AgentName
) -> None:
    response = open_client(runner, agent).post("/", json=TURN)

    assert response.status_code == 401
    assert runner.turns == []


@pytest.mark.parametrize("body", [{}, TURN | {"customer_id": str(ADMIN.customer_id)}])
def test_a_body_that_is_no_turn_is_rejected(
    runner: FakeAgentClient, body: dict[str, str]
) -> None:
    response = open_client(runner, AgentName.SUPPORT, CUSTOMER).post("/", json=body)

    assert response.status_code == 400
    assert runner.turns == []
