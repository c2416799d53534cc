"""An account's limits hold over all of its sockets, whichever web process serves them."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from threading import Event

import pytest
from websockets.exceptions import ConnectionClosed

from tests.sockets.conftest import LiveServer, WebProcess, web_process
from tests.support.chat_client import ChatTestClient, offer_token
from tests.support.fake_agent_client import FakeAgentClient
from tests.support.socket_schema import SocketSchema
from tests.support.valkey import private_valkey
from tests.support.waiting import eventually
from webapp.adapters.agents.port import AgentEvent, Turn
from webapp.app import use_runtime


def limit_chats(live_server: LiveServer, **settings: int) -> None:
    limited = live_server.runtime.settings.model_copy(update=settings)
    use_runtime(live_server.app, replace(live_server.runtime, settings=limited))


def is_admitted(client: ChatTestClient) -> bool:
    """Whether the chat began; the rest of it is closed."""
    event = client.receive()
    client.close()
    return bool(event["type"] == "connected")


def test_one_chat_too_many_is_closed_with_a_reason_until_another_ends(
    live_server: LiveServer,
) -> None:
    limit_chats(live_server, chat_connections_per_account=2)
    schema = SocketSchema.from_app(live_server.app, "/ws/chat")
    first, second = live_server.connect(), live_server.connect()
    assert first.receive()["type"] == second.receive()["type"] == "connected"

    third = live_server.connect()

    error = third.receive()
    assert (error["type"], error["code"]) == ("error", "TOO_MANY_CHATS")
    assert "close one" in error["message"]
    assert error["retryAfter"] == 60
    assert schema.find_problems(error) == []
    assert third.wait_for_close() == (4429, error["message"])
    first.send({"action": "ping"})
    assert first.receive()["type"] == "pong"
    assert is_admitted(live_server.connect(admin=True)), "each account has its own"
    second.close()
    eventually(lambda: is_admitted(live_server.connect()))


def test_both_agents_sockets_count_together(live_server: LiveServer) -> None:
    limit_chats(live_server, chat_connections_per_account=1)
    live_server.connect("/ws/insights", admin=True).receive()

    assert live_server.connect(admin=True).receive()["code"] == "TOO_MANY_CHATS"


def test_whoever_is_not_signed_in_takes_no_place(live_server: LiveServer) -> None:
    limit_chats(live_server, chat_connections_per_account=1)

    for _ in range(3):
        live_server.connect(token="x").wait_for_close()
        live_server.connect("/ws/insights").wait_for_close()

    assert is_admitted(live_server.connect())


def test_messages_are_counted_over_all_sockets_of_an_account(
    live_server: LiveServer,
) -> None:
    limit_chats(live_server, chat_messages_per_minute=3)
    first, second = live_server.connect(), live_server.connect()
    for client in (first, second):
        client.receive()

    answers = [
        client.send_message("hello")[-1] for client in (first, second, first, second)
    ]

    assert [answer["type"] for answer in answers] == [*["message"] * 3, "error"]
    assert answers[-1]["code"] == "TALKING_TOO_FAST"
    assert 0 < answers[-1]["retryAfter"] <= 60
    other = live_server.connect(admin=True)
    other.receive()
    assert other.send_message("hello")[-1]["type"] == "message"


@pytest.mark.parametrize(
    "frame", ['{"action": "ping"}', " " * 100_000], ids=["many", "large"]
)
def test_frames_that_wait_for_an_answer_are_few(
    live_server: LiveServer, frame: str
) -> None:
    answering, proceed = Event(), Event()

    class SlowAgentClient(FakeAgentClient):
        def stream_turn(self, turn: Turn) -> Iterator[AgentEvent]:
            answering.set()
            proceed.wait(10)
            yield from super().stream_turn(turn)

    runtime = replace(live_server.runtime, support_agent=SlowAgentClient())
    use_runtime(live_server.app, runtime)
    client = live_server.connect()
    client.receive()
    client.send({"action": "sendMessage", "message": "hello"})
    assert answering.wait(10)

    with suppress(ConnectionClosed):  # it may be closed while we still send
        for _ in range(65):
            client.send(frame)

    error = client.receive()
    proceed.set()
    assert error["code"] == "TOO_MANY_FRAMES"
    assert client.wait_for_close()[0] == 4429
    assert is_admitted(live_server.connect())


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_two_web_processes_hold_an_account_to_one_limit_and_a_killed_one_frees_its_chats(
    live_server: LiveServer,
) -> None:
    settings, token = live_server.runtime.settings, live_server.issue_token()
    with ExitStack() as stack:
        valkey = stack.enter_context(private_valkey())
        first, second = (
            stack.enter_context(web_process(settings, valkey)) for _ in range(2)
        )

        def connect(process: WebProcess) -> ChatTestClient:
            client = ChatTestClient(
                process.address, "/ws/chat", subprotocols=offer_token(token)
            )
            live_server.connections.append(client)
            return client

        chats = [connect(first), connect(second)]
        for chat in chats:
            assert chat.receive()["type"] == "connected"
        for process in (first, second):
            assert connect(process).receive()["code"] == "TOO_MANY_CHATS"
        answers = [chats[number % 2].send_message("hello")[-1] for number in range(4)]
        assert [answer["type"] for answer in answers] == [*["message"] * 3, "error"]
        assert answers[-1]["code"] == "TALKING_TOO_FAST"

        first.process.send_signal(signal.SIGKILL)

        eventually(lambda: is_admitted(connect(second)), within=20)
        chats[1].send({"action": "ping"})
        assert chats[1].receive()["type"] == "pong"
