"""`/ws/chat` through a real server."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask_jwt_extended import create_access_token

from tests.sockets.conftest import Place
from tests.support.factories import Make
from webapp.kit.errors import Unavailable
from webapp.kit.ids import new_id


def test_a_line_begins_with_a_session_and_streams_the_answer(place: Place) -> None:
    line = place.call()

    connected = line.next()
    events = line.say("hello", metadata={"page": "home"})

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
    [turn] = place.host.heard
    assert turn.speaker.customer_id == place.customer_id
    assert turn.session_id == UUID(connected["sessionId"])
    assert turn.metadata == {"page": "home"}


def test_a_token_may_come_as_a_subprotocol_and_the_first_offer_is_taken(
    place: Place,
) -> None:
    line = place.call(by_protocol=True)

    assert line.next()["type"] == "connected"
    assert line.subprotocol == "ecom67"


@pytest.mark.parametrize("token", ["", "not.a.token", "x"])
def test_without_a_good_token_the_line_is_closed_with_a_reason(
    place: Place, token: str
) -> None:
    line = place.call(token=token)

    assert line.next()["code"] == "UNAUTHENTICATED"
    assert line.closing()[0] == 4401
    assert place.host.heard == []


def test_insights_answers_admins_only(place: Place) -> None:
    refused = place.call("/ws/insights")
    admitted = place.call("/ws/insights", admin=True)

    assert refused.next()["code"] == "ADMIN_ONLY"
    assert refused.closing() == (4403, "This needs an account of the admin group")
    assert admitted.next()["type"] == "connected"
    assert admitted.say("revenue?")[-1]["message"] == "You said: revenue?"
    assert place.host.heard[0].speaker.is_admin


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
    place: Place, frame: str, message: str
) -> None:
    line = place.call()
    line.next()

    line.send(frame)

    error = line.next()
    assert (error["type"], error["code"]) == ("error", "BAD_CHAT_MESSAGE")
    assert error["message"] == message
    assert line.say("still there?")[-1]["type"] == "message"


def test_a_ping_is_answered(place: Place) -> None:
    line = place.call()
    line.next()

    line.send({"action": "ping"})

    assert line.next()["type"] == "pong"


def test_an_agent_that_is_away_is_told_and_the_line_stays(place: Place) -> None:
    place.host.refusal = Unavailable("The assistant is not answering just now")
    line = place.call()
    line.next()

    error = line.say("hello")[-1]

    assert (error["code"], error["message"]) == (
        "UNAVAILABLE",
        "The assistant is not answering just now",
    )
    place.host.refusal = None
    assert line.say("hello")[-1]["type"] == "message"


def test_another_customers_session_is_not_there(place: Place) -> None:
    with place.runtime.db.unit_of_work() as session:
        Make(session).customer()
    theirs = place.call("/ws/chat", admin=True).next()["sessionId"]
    line = place.call()
    mine = line.next()["sessionId"]

    for session_id in (theirs, str(new_id())):
        error = line.say("hello", sessionId=session_id)[-1]
        assert error["code"] == "CHAT_SESSION_NOT_FOUND"
        line.send({"action": "history", "sessionId": session_id})
        assert line.next()["code"] == "CHAT_SESSION_NOT_FOUND"
    assert place.host.heard == []
    resumed = place.call(sessionId=theirs)
    assert resumed.next()["code"] == "CHAT_SESSION_NOT_FOUND"
    assert resumed.next()["sessionId"] not in {theirs, mine}


def test_whoever_floods_is_told_to_wait(place: Place) -> None:
    line = place.call()
    line.next()

    for _ in range(31):
        line.send({"action": "history"})
    answers = [line.next() for _ in range(31)]

    assert {answer["type"] for answer in answers[:30]} == {"history"}
    assert answers[30]["code"] == "TALKING_TOO_FAST"
    assert 0 < answers[30]["retryAfter"] <= 60


def test_a_sign_in_that_runs_out_ends_the_line_with_a_reason(place: Place) -> None:
    with place.app.app_context():
        token = create_access_token(
            identity=str(place.customer_id), expires_delta=timedelta(seconds=2)
        )
    line = place.call(token=token)
    line.next()

    answer = {"type": "pong"}
    while answer["type"] == "pong":
        line.send({"action": "ping"})
        answer = line.next()

    assert answer["code"] == "TOKEN_EXPIRED"
    assert line.closing()[0] == 4401
