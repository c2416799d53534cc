"""`/ws/chat` through a real server."""

from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from flask_jwt_extended import create_access_token

from tests.sockets.conftest import LiveServer
from tests.support.api_client import ApiClient
from tests.support.chat_client import offer_token
from tests.support.factories import RowFactory
from tests.support.socket_schema import SocketSchema
from tests.support.tokens import create_api_token
from webapp.app import use_runtime
from webapp.chat.sockets import (
    CLOSE_CODES,
    CLOSE_FORBIDDEN,
    CLOSE_GOING_AWAY,
    CLOSE_LIFETIME_OVER,
)
from webapp.config import PROJECT_ROOT, Stage
from webapp.http.access import issue_access_token
from webapp.kit.errors import Unavailable
from webapp.kit.ids import new_id
from webapp.kit.scopes import Scope


def test_a_connection_begins_with_a_session_and_streams_the_answer(
    live_server: LiveServer,
) -> None:
    client = live_server.connect()

    connected = client.receive()
    events = client.send_message("hello", metadata={"page": "home"})

    assert connected["type"] == "connected"
    assert connected["history"] == []
    assert [event["type"] for event in events] == [
        "typing",
        "delta",
        "delta",
        "message",
    ]
    answer = events[-1]
    assert answer["message"] == "You said: hello"
    assert answer["sessionId"] == connected["sessionId"]
    assert isinstance(answer["timestamp"], int)
    [turn] = live_server.agent_client.turns
    assert turn.principal.customer_id == live_server.customer_id
    assert turn.session_id == UUID(connected["sessionId"])
    assert turn.metadata == {"page": "home"}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ecom67.v1", "bearer.{}"], "ecom67.v1"),
        (["graphql-ws", "ecom67.v1", "bearer.{}"], "ecom67.v1"),
        (["bearer.{}", "ecom67.v1"], "ecom67.v1"),
        (["{}", "ecom67"], "ecom67"),
        (["bearer.{}"], "bearer.{}"),
        (["ecom67", "{}"], "ecom67"),  # clients of earlier versions
        (["{}"], "{}"),
    ],
)
def test_a_token_is_offered_as_a_subprotocol_and_ours_is_chosen(
    live_server: LiveServer, offered: list[str], chosen: str
) -> None:
    token = live_server.issue_token()
    client = live_server.connect(subprotocols=[each.format(token) for each in offered])

    assert client.receive()["type"] == "connected"
    assert client.subprotocol == chosen.format(token)


def test_an_unknown_subprotocol_is_not_chosen(
    live_server: LiveServer,
) -> None:
    client = live_server.connect(
        subprotocols=["graphql-ws"], token=live_server.issue_token()
    )

    assert client.subprotocol is None


@pytest.mark.parametrize(
    "subprotocols", [None, ["ecom67.v1"], offer_token("not.a.token"), offer_token("x")]
)
def test_without_a_valid_token_the_connection_is_closed_with_a_reason(
    live_server: LiveServer, subprotocols: list[str] | None
) -> None:
    client = live_server.connect(subprotocols=subprotocols)

    assert client.receive()["code"] == "UNAUTHENTICATED"
    assert client.wait_for_close()[0] == 4401
    assert live_server.agent_client.turns == []


def test_in_production_an_admin_without_a_second_factor_gets_no_insights(
    live_server: LiveServer,
) -> None:
    """Neither by a token nor by a ticket."""
    settings = live_server.runtime.settings.model_copy(
        update={"stage": Stage.PRODUCTION}
    )
    use_runtime(live_server.app, replace(live_server.runtime, settings=settings))
    with live_server.app.app_context():
        passed = issue_access_token(
            live_server.admin_id, groups=["admin"], has_second_factor=True
        )
    without = ApiClient(live_server.app, live_server.admin_id, admin=True)
    ticket = {"path": "/ws/insights"}

    rejected = live_server.connect("/ws/insights", admin=True)
    assert rejected.receive()["code"] == "SECOND_FACTOR_NOT_ENROLLED"
    assert rejected.wait_for_close()[0] == 4403
    refused = without.call(
        "POST", "/chat/tickets", ticket, headers={"Host": "127.0.0.1"}
    )
    assert refused.get_json()["error"]["code"] == "SECOND_FACTOR_NOT_ENROLLED"

    by_token = live_server.connect("/ws/insights", subprotocols=offer_token(passed))
    assert by_token.receive()["type"] == "connected"
    response = ApiClient(live_server.app, token=passed).call(
        "POST", "/chat/tickets", ticket, headers={"Host": "127.0.0.1"}
    )
    by_ticket = live_server.connect(
        "/ws/insights", ticket=response.get_json()["ticket"]
    )
    assert by_ticket.receive()["type"] == "connected"


@pytest.mark.parametrize("path", ["/ws/chat", "/ws/insights"])
@pytest.mark.parametrize("offered", ["bearer.{}", "{}", None])
def test_a_program_may_not_chat(
    live_server: LiveServer, path: str, offered: str | None
) -> None:
    token = create_api_token(live_server.runtime, *Scope)

    client = (
        live_server.connect(path, token=token)
        if offered is None
        else live_server.connect(path, subprotocols=[offered.format(token)])
    )

    assert client.receive()["code"] == "PERSON_ONLY"
    assert client.wait_for_close()[0] == 4403
    assert live_server.agent_client.turns == []


@pytest.mark.parametrize(
    ("name", "value"), [("sessionId", "7"), ("sesionId", str(UUID(int=7)))]
)
def test_a_query_that_is_not_understood_closes_the_connection_with_a_reason(
    live_server: LiveServer, name: str, value: str
) -> None:
    query: dict[str, Any] = {name: value}
    client = live_server.connect(**query)

    error = client.receive()
    assert error["code"] == "BAD_CONNECTION_QUERY"
    assert error["message"].startswith(f"{name}: ")
    assert client.wait_for_close()[0] == 4400
    assert live_server.agent_client.turns == []


def test_insights_answers_admins_only(live_server: LiveServer) -> None:
    rejected = live_server.connect("/ws/insights")
    admitted = live_server.connect("/ws/insights", admin=True)

    assert rejected.receive()["code"] == "ADMIN_ONLY"
    assert rejected.wait_for_close() == (
        4403,
        "This needs an account of the admin group",
    )
    assert admitted.receive()["type"] == "connected"
    assert admitted.send_message("revenue?")[-1]["message"] == "You said: revenue?"
    assert live_server.agent_client.turns[0].principal.is_admin


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("{", "That is not JSON"),
        (
            '{"action": "sendMessage", "message": "x", "metadata": '
            + 1000 * '{"a":'
            + "1"
            + 1001 * "}",
            "That is nested too deep: send flatter metadata",
        ),
        ("[]", "A frame is one JSON object"),
        ('{"action": "dance"}', "The action is one of sendMessage, history and ping"),
        ('{"action": "sendMessage", "message": "  "}', "The message is empty"),
        ('{"action": "sendMessage"}', "message: Field required"),
        (
            '{"action": "sendMessage", "message": "a\\u0000b"}',
            "message: must not contain control characters, such as U+0000",
        ),
        (
            '{"action": "sendMessage", "message": "' + "a" * 4001 + '"}',
            "A message has at most 4000 characters",
        ),
        ("x" * 40_000, "A message has at most 4000 characters"),
    ],
)
def test_a_bad_frame_is_answered_and_the_connection_stays(
    live_server: LiveServer, frame: str, message: str
) -> None:
    client = live_server.connect()
    client.receive()

    client.send(frame)

    error = client.receive()
    assert (error["type"], error["code"]) == ("error", "BAD_CHAT_MESSAGE")
    assert error["message"] == message
    assert client.send_message("still there?")[-1]["type"] == "message"


def test_a_ping_is_answered(live_server: LiveServer) -> None:
    client = live_server.connect()
    client.receive()

    client.send({"action": "ping"})

    assert client.receive()["type"] == "pong"


def test_an_unavailable_agent_is_an_error_and_the_connection_stays(
    live_server: LiveServer,
) -> None:
    live_server.agent_client.error = Unavailable(
        "The assistant is not answering just now"
    )
    client = live_server.connect()
    client.receive()

    error = client.send_message("hello")[-1]

    assert (error["code"], error["message"]) == (
        "UNAVAILABLE",
        "The assistant is not answering just now",
    )
    live_server.agent_client.error = None
    assert client.send_message("hello")[-1]["type"] == "message"


def test_another_customers_session_is_not_found(live_server: LiveServer) -> None:
    with live_server.runtime.db.unit_of_work() as session:
        RowFactory(session).customer()
    theirs = live_server.connect("/ws/chat", admin=True).receive()["sessionId"]
    client = live_server.connect()
    mine = client.receive()["sessionId"]

    for session_id in (theirs, str(new_id())):
        error = client.send_message("hello", sessionId=session_id)[-1]
        assert error["code"] == "CHAT_SESSION_NOT_FOUND"
        client.send({"action": "history", "sessionId": session_id})
        assert client.receive()["code"] == "CHAT_SESSION_NOT_FOUND"
    assert live_server.agent_client.turns == []
    resumed = live_server.connect(sessionId=theirs)
    assert resumed.receive()["code"] == "CHAT_SESSION_NOT_FOUND"
    assert resumed.receive()["sessionId"] not in {theirs, mine}


def test_a_client_that_floods_is_rate_limited(live_server: LiveServer) -> None:
    client = live_server.connect()
    client.receive()

    for _ in range(31):
        client.send({"action": "history"})
    answers = [client.receive() for _ in range(31)]

    assert {answer["type"] for answer in answers[:30]} == {"history"}
    assert answers[30]["code"] == "TALKING_TOO_FAST"
    assert 0 < answers[30]["retryAfter"] <= 60


@pytest.mark.slow
def test_a_token_that_expires_closes_the_connection_with_a_reason(
    live_server: LiveServer,
) -> None:
    with live_server.app.app_context():
        token = create_access_token(
            identity=str(live_server.customer_id), expires_delta=timedelta(seconds=2)
        )
    client = live_server.connect(subprotocols=offer_token(token))
    client.receive()

    answer = {"type": "pong"}
    while answer["type"] == "pong":
        sleep(0.1)
        client.send({"action": "ping"})
        answer = client.receive()

    assert answer["code"] == "TOKEN_EXPIRED"
    assert client.wait_for_close()[0] == 4401


@pytest.mark.parametrize("path", ["/ws/chat", "/ws/insights"])
def test_every_event_is_as_the_document_describes_it(
    live_server: LiveServer, path: str
) -> None:
    schema = SocketSchema.from_app(live_server.app, path)
    client = live_server.connect(path, admin=True)
    events = [client.receive(), *client.send_message("hello, cvc 123")]
    for frame in ({"action": "ping"}, {"action": "history"}, {"action": "dance"}):
        client.send(frame)
        events.append(client.receive())
    resumed = live_server.connect(path, admin=True, sessionId=events[0]["sessionId"])
    events.append(resumed.receive())

    problems = {event["type"]: schema.find_problems(event) for event in events}

    assert problems == {kind: [] for kind in schema.event_types}
    assert len(problems) == 8


def test_the_page_of_the_protocol_has_every_close_code() -> None:
    page = (PROJECT_ROOT / "docs" / "chat-sockets.md").read_text()

    codes = {
        *CLOSE_CODES.values(),
        CLOSE_FORBIDDEN,
        CLOSE_GOING_AWAY,
        CLOSE_LIFETIME_OVER,
    }

    assert {code for code in codes if f"| `{code}` |" not in page} == set()
