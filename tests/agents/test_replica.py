"""The HTTP interface of a replica, without Ray."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from threading import Event, Thread, current_thread
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from agents.replica import Replica, TurnService
from tests.support.fake_agent_client import FakeAgentClient
from webapp.adapters.agents.port import (
    AgentClient,
    AgentEvent,
    Delta,
    Principal,
    Turn,
)
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.bootstrap import Runtime
from webapp.chat.service import AgentName
from webapp.config import Settings
from webapp.kit.ids import new_id

SECRET = "a secret of the tests, long enough for HS256"
CUSTOMER = Principal(new_id())
ADMIN = Principal(new_id(), ("admin",))
SESSION_ID = new_id()
TURN = {"session_id": str(SESSION_ID), "message": "hello"}


@pytest.fixture
def runner() -> FakeAgentClient:
    return FakeAgentClient()


def open_client(
    runner: AgentClient, agent: AgentName, principal: Principal | None = None
) -> TestClient:
    return connect(TurnService(runner, agent, SECRET), principal, secret=SECRET)


def connect(
    service: TurnService, principal: Principal | None, *, secret: str
) -> TestClient:
    app = Starlette(routes=[Route("/", service.answer, methods=["GET", "POST"])])
    token = issue_service_token(principal, secret=secret) if principal else "none"
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
    client = open_client(runner, agent, principal)

    response = client.post("/", json=TURN | {"metadata": {"page": "cart"}})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in response.text.splitlines()] == [
        {"type": "typing", "tool": None},
        {"type": "delta", "text": "You said: "},
        {"type": "delta", "text": "hello"},
        {
            "type": "message",
            "message": "You said: hello",
            "data": {
                "response_type": "text",
                "suggestions": [],
                "action_buttons": [],
                "tools_used": [],
            },
        },
    ]
    assert runner.turns == [Turn(principal, SESSION_ID, "hello", {"page": "cart"})]


@pytest.mark.parametrize("agent", AgentName)
def test_a_replica_says_without_a_token_that_it_is_ready(
    runner: FakeAgentClient, agent: AgentName
) -> None:
    response = open_client(runner, agent).get("/")

    assert response.status_code == 200
    assert response.json() == {"agent": agent, "ready": True}


def test_insights_answers_no_customer(runner: FakeAgentClient) -> None:
    response = open_client(runner, AgentName.INSIGHTS, CUSTOMER).post("/", json=TURN)

    assert response.status_code == 403
    assert response.json() == {"error": "This agent answers admins only"}
    assert runner.turns == []


@pytest.mark.parametrize("agent", AgentName)
def test_a_turn_without_a_service_token_is_rejected(
    runner: FakeAgentClient, agent: AgentName
) -> None:
    response = open_client(runner, agent).post("/", json=TURN)

    assert response.status_code == 401
    assert response.json() == {"error": "The service token is not valid"}
    assert runner.turns == []


def test_a_turn_without_an_authorization_is_rejected(runner: FakeAgentClient) -> None:
    client = open_client(runner, AgentName.SUPPORT, CUSTOMER)
    del client.headers["Authorization"]

    assert client.post("/", json=TURN).status_code == 401


@pytest.mark.parametrize("body", [{}, TURN | {"customer_id": str(ADMIN.customer_id)}])
def test_a_body_that_is_no_turn_is_rejected(
    runner: FakeAgentClient, body: dict[str, str]
) -> None:
    response = open_client(runner, AgentName.SUPPORT, CUSTOMER).post("/", json=body)

    assert response.status_code == 400
    assert response.json() == {"error": "The body is not a valid turn"}
    assert runner.turns == []


def test_a_bug_in_the_middle_of_a_turn_is_its_last_event() -> None:
    class BrokenAgent:
        def stream_turn(self, _: Turn) -> Iterator[AgentEvent]:
            yield Delta(text="Let me")
            raise ValueError("password=hunter2")

    response = open_client(BrokenAgent(), AgentName.SUPPORT, CUSTOMER).post(
        "/", json=TURN
    )

    assert [json.loads(line) for line in response.text.splitlines()] == [
        {"type": "delta", "text": "Let me"},
        {
            "type": "error",
            "code": "INTERNAL_ERROR",
            "message": "Something went wrong here; please try again",
        },
    ]


class EndlessAgent:
    """Writes until its turn is closed, and remembers the threads that it ran in."""

    def __init__(self) -> None:
        self.threads: set[Thread] = set()
        self.closed = Event()

    def stream_turn(self, _: Turn) -> Iterator[AgentEvent]:
        try:
            while True:
                self.threads.add(current_thread())
                yield Delta(text="and ")
        finally:
            self.threads.add(current_thread())
            self.closed.set()


def test_a_turn_is_closed_in_its_thread_when_the_client_disconnects() -> None:
    agent = EndlessAgent()
    service = TurnService(agent, AgentName.SUPPORT, SECRET)

    async def read_two_events() -> None:
        response = await service.answer(build_request(CUSTOMER))
        assert isinstance(response, StreamingResponse)
        body = response.body_iterator
        assert isinstance(body, AsyncGenerator)
        await anext(body)
        await anext(body)
        await body.aclose()

    asyncio.run(read_two_events())

    assert agent.closed.wait(5)
    [thread] = agent.threads
    assert thread is not current_thread()
    thread.join(5)
    assert not thread.is_alive()


def build_request(principal: Principal) -> Request:
    token = issue_service_token(principal, secret=SECRET)
    headers = [(b"authorization", f"Bearer {token}".encode())]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(TURN).encode()}

    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.mark.parametrize("agent", AgentName)
def test_the_runner_of_an_agent_knows_the_sessions_of_the_database(
    runtime: Runtime, agent: AgentName
) -> None:
    service = TurnService.from_runtime(runtime, agent)
    client = connect(service, ADMIN, secret=runtime.settings.require_jwt_secret())

    [event] = client.post("/", json=TURN).text.splitlines()

    assert json.loads(event)["code"] == "CHAT_SESSION_NOT_FOUND"


def test_a_replica_needs_only_its_settings(settings: Settings) -> None:
    replica = Replica(settings, AgentName.INSIGHTS)
    request = Request({"type": "http", "method": "GET", "headers": []})

    response = asyncio.run(replica(request))

    assert json.loads(bytes(response.body)) == {"agent": "insights", "ready": True}
