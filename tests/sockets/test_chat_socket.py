"""`/ws/chat` through a real server."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask_jwt_extended import create_access_token

from tests.sockets.conftest import LiveServer
from tests.support.factories import RowFactory
from webapp.kit.errors import Unavailable
from webapp.kit.ids import new_id


def test_a_line_begins_with_a_session_and_streams_the_answer(
    live_server: LiveServer,
) -> None:
    line = live_server.connect()

    connected = line.receive()
    events = line.send_message("hello", metadata={"page": "home"})

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


def test_a_token_may_come_as_a_subprotocol_and_the_first_offer_is_taken(
    live_server: LiveServer,
) -> None:
    line = live_server.connect(by_protocol=True)

    assert line.receive()["type"] == "connected"
    assert line.subprotocol == "ecom67"


@pytest.mark.parametrize("token", ["", "not.a.token", "x"])
def test_without_a_good_token_the_line_is_closed_with_a_reason(
    live_server: LiveServer, token: str
) -> None:
    line = live_server.connect(token=token)

    assert line.receive()["code"] == "UNAUTHENTICATED"
    assert line.wait_for_close()[0] == 4401
    assert live_server.agent_client.turns == []


def test_insights_answers_admins_only(live_server: LiveServer) -> None:
    refused = live_server.connect("/ws/insights")
    admitted = live_server.connect("/ws/insights", admin=True)

    assert refused.receive()["code"] == "ADMIN_ONLY"
    assert refused.wait_for_close() == (
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
        ("[]", "A frame is one JSON object"),
        ('{"action": "dance"}', "The action is one of sendMessage, history and ping"),
        ('{"action": "sendMessage", "message": "  "}', "The message is empty"),
        ('{"action": "sendMessage"}', "message: Field required"),
        (
            '{"action": "sendMessage", "message": "a\\u0000b"}',
            "The message holds a character that cannot be stored",
        ),
        (
            '{"action": "sendMessage", "message": "' + "a" * 4001 + '"}',
            "A message has at most 4000 characters",
        ),
        ("x" * 40_000, "A message has at most 4000 characters"),
    ],
)
def test_a_bad_frame_is_answered_and_the_line_stays(
    live_server: LiveServer, frame: str, message: str
) -> None:
    line = live_server.connect()
    line.receive()

    line.send(frame)

    error = line.receive()
    assert (error["type"], error["code"]) == ("error", "BAD_CHAT_MESSAGE")
    assert error["message"] == message
    assert line.send_message("still there?")[-1]["type"] == "message"


def test_a_ping_is_answered(live_server: LiveServer) -> None:
    line = live_server.connect()
    line.receive()

    line.send({"action": "ping"})

    assert line.receive()["type"] == "pong"


def test_an_agent_that_is_away_is_told_and_the_line_stays(
    live_server: LiveServer,
) -> None:
    live_server.agent_client.error = Unavailable(
        "The assistant is not answering just now"
    )
    line = live_server.connect()
    line.receive()

    error = line.send_message("hello")[-1]

    assert (error["code"], error["message"]) == (
        "UNAVAILABLE",
        "The assistant is not answering just now",
    )
    live_server.agent_client.error = None
    assert line.send_message("hello")[-1]["type"] == "message"


def test_another_customers_session_is_not_there(live_server: LiveServer) -> None:
    with live_server.runtime.db.unit_of_work() as session:
        RowFactory(session).customer()
    theirs = live_server.connect("/ws/chat", admin=True).receive()["sessionId"]
    line = live_server.connect()
    mine = line.receive()["sessionId"]

    for session_id in (theirs, str(new_id())):
        error = line.send_message("hello", sessionId=session_id)[-1]
        assert error["code"] == "CHAT_SESSION_NOT_FOUND"
        line.send({"action": "history", "sessionId": session_id})
        assert line.receive()["code"] == "CHAT_SESSION_NOT_FOUND"
    assert live_server.agent_client.turns == []
    resumed = live_server.connect(sessionId=theirs)
    assert resumed.receive()["code"] == "CHAT_SESSION_NOT_FOUND"
    assert resumed.receive()["sessionId"] not in {theirs, mine}


def test_whoever_floods_is_told_to_wait(live_server: LiveServer) -> None:
    line = live_server.connect()
    line.receive()

    for _ in range(31):
        line.send({"action": "history"})
    answers = [line.receive() for _ in range(31)]

    assert {answer["type"] for answer in answers[:30]} == {"history"}
    assert answers[30]["code"] == "TALKING_TOO_FAST"
    assert 0 < answers[30]["retryAfter"] <= 60


def test_a_sign_in_that_runs_out_ends_the_line_with_a_reason(
    live_server: LiveServer,
) -> None:
    with live_server.app.app_context():
        token = create_access_token(
            identity=str(live_server.customer_id), expires_delta=timedelta(seconds=2)
        )
    line = live_server.connect(token=token)
    line.receive()

    answer = {"type": "pong"}
    while answer["type"] == "pong":
        line.send({"action": "ping"})
        answer = line.receive()

    assert answer["code"] == "TOKEN_EXPIRED"
    assert line.wait_for_close()[0] == 4401
