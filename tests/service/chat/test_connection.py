"""The events that answer the frames of a connection, in order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.support.factories import RowFactory
from tests.support.fake_agent_client import FakeAgentClient
from webapp.adapters.agents.port import Principal
from webapp.chat import service
from webapp.chat.connection import ChatConnection
from webapp.chat.service import AgentName, NewMessage
from webapp.db.session import Database
from webapp.kit.errors import Unavailable

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HELLO = '{"action": "sendMessage", "message": "hello"}'


@pytest.fixture
def customer(database: Database) -> UUID:
    with database.unit_of_work() as session:
        return RowFactory(session).customer().id


def build_connection(
    database: Database, customer: UUID, *, agent_client: FakeAgentClient | None = None
) -> ChatConnection:
    return ChatConnection(
        database,
        agent_client or FakeAgentClient(),
        AgentName.SUPPORT,
        Principal(customer),
        clock=lambda: NOW,
    )


def event_types(connection: ChatConnection, raw: str) -> list[str]:
    return [event.model_dump()["type"] for event in connection.handle_frame(raw)]


def test_the_answer_comes_in_order_and_the_turn_is_free_again(
    database: Database, customer: UUID
) -> None:
    connection = build_connection(database, customer)
    list(connection.open())

    assert event_types(connection, HELLO) == ["typing", "delta", "delta", "message"]
    assert event_types(connection, HELLO) == ["typing", "delta", "delta", "message"]


def test_a_second_message_of_a_session_waits_for_the_first(
    database: Database, customer: UUID
) -> None:
    first, second = (
        build_connection(database, customer),
        build_connection(database, customer),
    )
    list(first.open())
    second.session_id = first.session_id
    answering = first.handle_frame(HELLO)
    next(answering)

    [rejected] = second.handle_frame(HELLO)

    assert rejected.model_dump()["code"] == "STILL_ANSWERING"
    answering.close()
    assert event_types(second, HELLO)[-1] == "message"


def test_a_turn_that_was_never_ended_expires_after_a_minute(
    database: Database, customer: UUID
) -> None:
    connection = build_connection(database, customer)
    list(connection.open())
    assert connection.session_id is not None
    with database.unit_of_work() as session:
        service.begin_turn(
            session,
            owner_id=customer,
            agent=AgentName.SUPPORT,
            session_id=connection.session_id,
            now=NOW,
        )

    connection.clock = lambda: NOW + timedelta(seconds=60)
    assert event_types(connection, HELLO) == ["error"]

    connection.clock = lambda: NOW + timedelta(seconds=61)

    assert event_types(connection, HELLO)[-1] == "message"


def test_an_unavailable_agent_leaves_the_turn_free(
    database: Database, customer: UUID
) -> None:
    agent_client = FakeAgentClient(error=Unavailable("The assistant is unavailable"))
    connection = build_connection(database, customer, agent_client=agent_client)
    list(connection.open())

    assert event_types(connection, HELLO) == ["typing", "error"]

    agent_client.error = None
    assert event_types(connection, HELLO)[-1] == "message"


def store_session(database: Database, owner: UUID, *messages: NewMessage) -> UUID:
    """The id of a session with these messages."""
    with database.unit_of_work() as session:
        started = service.start_session(
            session, owner_id=owner, agent=AgentName.SUPPORT
        )
        session.flush()  # its messages refer to it
        for message in messages:
            service.add_message(session, session_id=started.id, message=message)
        return started.id


def test_a_connection_continues_a_session_with_its_history(
    database: Database, customer: UUID
) -> None:
    session_id = store_session(
        database,
        customer,
        NewMessage(0, "user", "hi", is_step=False),
        NewMessage(1, "assistant", "", is_step=True),
        NewMessage(2, "assistant", "hello", is_step=False),
    )
    connection = build_connection(database, customer)
    connection.session_id = session_id

    [connected] = connection.open()

    event = connected.model_dump(mode="json", by_alias=True)
    assert event["sessionId"] == str(session_id)
    assert [(m["role"], m["message"]) for m in event["history"]] == [
        ("user", "hi"),
        ("assistant", "hello"),
    ]


def test_a_client_is_given_the_latest_fifty_messages(
    database: Database, customer: UUID
) -> None:
    session_id = store_session(
        database,
        customer,
        *(
            NewMessage(position, "user", f"message {position}", is_step=False)
            for position in range(60)
        ),
    )
    connection = build_connection(database, customer)
    connection.session_id = session_id

    [connected] = connection.open()
    [requested] = connection.handle_frame('{"action": "history"}')

    latest = [f"message {position}" for position in range(10, 60)]
    for event in (connected, requested):
        assert [m["message"] for m in event.model_dump()["history"]] == latest


def test_a_session_of_the_other_agent_is_not_found(
    database: Database, customer: UUID
) -> None:
    with database.unit_of_work() as session:
        other = service.start_session(
            session, owner_id=customer, agent=AgentName.INSIGHTS
        )
    connection = build_connection(database, customer)

    [rejected] = connection.handle_frame(
        f'{{"action": "history", "sessionId": "{other.id}"}}'
    )

    assert rejected.model_dump()["code"] == "CHAT_SESSION_NOT_FOUND"
