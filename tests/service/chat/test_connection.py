"""The events that answer the frames of a connection, in order."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.support.factories import RowFactory
from tests.support.fake_agent_client import FakeAgentClient
from tests.support.rate_limits import UnlimitedRateLimiter
from webapp.adapters.agents.port import Principal
from webapp.chat import service
from webapp.chat.connection import ChatConnection
from webapp.chat.models import ChatSession, ChatTurn
from webapp.chat.protocol import ServerEvent
from webapp.chat.service import AgentName, IdentifiedMessage, NewMessage
from webapp.db.base import Record
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
        UnlimitedRateLimiter(),
        messages_per_minute=1,
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
    second.session_id = first.new_session_id
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
    with database.unit_of_work() as session:
        service.begin_turn(
            session,
            owner_id=customer,
            agent=AgentName.SUPPORT,
            session_id=connection.new_session_id,
            now=NOW,
            is_new=True,
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


def count_rows(database: Database, table: type[Record]) -> int:
    with database.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_connections_write_nothing_before_their_first_message(
    database: Database, customer: UUID
) -> None:
    connection = build_connection(database, customer)
    [connected] = connection.open()

    [requested] = connection.handle_frame('{"action": "history"}')

    assert requested.model_dump()["history"] == []
    assert count_rows(database, ChatSession) == 0
    assert event_types(connection, HELLO)[-1] == "message"
    with database.unit_of_work() as session:
        [stored] = session.scalars(select(ChatSession.id))
    assert connected.model_dump()["sessionId"] == stored


def identified(text: str, client_message_id: str = "m-1") -> str:
    return json.dumps(
        {
            "action": "sendMessage",
            "message": text,
            "clientMessageId": client_message_id,
        }
    )


def test_a_repeated_message_gets_the_first_answer_and_is_not_acted_on_again(
    database: Database, customer: UUID
) -> None:
    agent_client = FakeAgentClient()
    first = build_connection(database, customer, agent_client=agent_client)
    after_reconnect = build_connection(database, customer, agent_client=agent_client)

    *_, answer = first.handle_frame(identified("hello"))
    [again] = first.handle_frame(identified("hello"))
    [elsewhere] = after_reconnect.handle_frame(identified("hello"))

    assert len(agent_client.turns) == 1
    assert again == elsewhere == answer
    assert answer.model_dump()["clientMessageId"] == "m-1"
    assert count_rows(database, ChatSession) == 1


def test_the_id_of_another_text_is_an_error_that_names_it(
    database: Database, customer: UUID
) -> None:
    connection = build_connection(database, customer)
    list(connection.handle_frame(identified("hello")))

    [rejected] = connection.handle_frame(identified("goodbye"))

    error = rejected.model_dump()
    assert error["code"] == "CLIENT_MESSAGE_ID_REUSED"
    assert "m-1" in error["message"]
    assert error["clientMessageId"] == "m-1"


def test_ids_are_an_accounts_own_and_an_agents_own(
    database: Database, customer: UUID
) -> None:
    with database.unit_of_work() as session:
        other = RowFactory(session).customer().id
    agent_client = FakeAgentClient()
    connections = [
        build_connection(database, owner, agent_client=agent_client)
        for owner in (customer, other, customer)
    ]
    connections[2].agent = AgentName.INSIGHTS

    for connection in connections:
        list(connection.handle_frame(identified("hello")))

    assert len(agent_client.turns) == 3


def test_a_message_repeated_while_it_is_answered_waits_for_that_answer(
    database: Database, customer: UUID
) -> None:
    first, second = (
        build_connection(database, customer),
        build_connection(database, customer),
    )
    answering = first.handle_frame(identified("hello"))
    next(answering)
    answers: list[ServerEvent] = []
    second.sleep = lambda _: answers.extend(answering)

    *waiting, again = second.handle_frame(identified("hello"))

    assert [event.model_dump()["type"] for event in waiting] == ["typing"]
    assert again == answers[-1]
    assert again.model_dump()["type"] == "message"


def test_an_answer_whose_client_left_is_finished_and_kept(
    database: Database, customer: UUID
) -> None:
    agent_client = FakeAgentClient()
    connection = build_connection(database, customer, agent_client=agent_client)
    answering = connection.handle_frame(identified("hello"))
    next(answering)
    answering.close()

    [again] = connection.handle_frame(identified("hello"))

    assert again.model_dump()["message"] == "You said: hello"
    assert len(agent_client.turns) == 1


def test_a_message_that_failed_before_the_agent_acted_can_be_repeated(
    database: Database, customer: UUID
) -> None:
    agent_client = FakeAgentClient(error=Unavailable("The assistant is unavailable"))
    connection = build_connection(database, customer, agent_client=agent_client)
    assert event_types(connection, identified("hello"))[-1] == "error"
    agent_client.error = None

    assert event_types(connection, HELLO)[-1] == "message"
    *_, answer = connection.handle_frame(identified("hello"))

    assert answer.model_dump()["message"] == "You said: hello"


def test_a_message_that_failed_after_a_tool_was_called_is_not_repeated(
    database: Database, customer: UUID
) -> None:
    agent_client = FakeAgentClient(error=Unavailable("The assistant is unavailable"))
    connection = build_connection(database, customer, agent_client=agent_client)
    answering = connection.handle_frame(identified("add it"))
    next(answering)
    with database.unit_of_work() as session:
        service.add_message(
            session,
            session_id=connection.new_session_id,
            message=NewMessage(0, "assistant", "", is_step=True),
        )
    list(answering)
    agent_client.error = None

    [rejected] = connection.handle_frame(identified("add it"))

    assert rejected.model_dump()["code"] == "ANSWER_INTERRUPTED"
    assert len(agent_client.turns) == 1
    assert event_types(connection, HELLO)[-1] == "message"


def test_the_agent_keeps_an_answer_that_a_dying_web_process_cannot(
    database: Database, customer: UUID
) -> None:
    connection = build_connection(database, customer)
    with database.unit_of_work() as session:
        service.begin_identified_turn(
            session,
            owner_id=customer,
            agent=AgentName.SUPPORT,
            session_id=connection.new_session_id,
            message=IdentifiedMessage("m-1", "hello"),
            now=NOW,
            is_new=True,
        )
    with database.unit_of_work() as session:
        service.record_answer(
            session,
            session_id=connection.new_session_id,
            text="Hello!",
            data={"kind": "text"},
            now=NOW,
        )

    [again] = connection.handle_frame(identified("hello"))

    assert again.model_dump()["message"] == "Hello!"


@pytest.mark.parametrize("client_message_id", ["", "x" * 101, 7, "a\x00b"])
def test_a_client_message_id_that_cannot_be_stored_is_refused_by_name(
    database: Database, customer: UUID, client_message_id: object
) -> None:
    frame = json.dumps(
        {
            "action": "sendMessage",
            "message": "hello",
            "clientMessageId": client_message_id,
        }
    )

    [rejected] = build_connection(database, customer).handle_frame(frame)

    assert (
        rejected.model_dump()["message"]
        == "clientMessageId is one line of 1 to 100 characters"
    )


@pytest.mark.parametrize(
    "client_message_id",
    ["4242424242424242", "m-4242 4242 4242 4242", "card:4111-1111-1111-1111 cvc 123"],
)
def test_a_card_number_as_the_id_is_refused_and_not_repeated(
    database: Database, customer: UUID, client_message_id: str
) -> None:
    agent_client = FakeAgentClient()
    connection = build_connection(database, customer, agent_client=agent_client)

    [rejected] = connection.handle_frame(identified("hello", client_message_id))

    error = rejected.model_dump()
    assert error["code"] == "BAD_CHAT_MESSAGE"
    assert error["message"].startswith("clientMessageId: looks like a card number")
    assert client_message_id not in rejected.model_dump_json()
    assert agent_client.turns == []
    assert count_rows(database, ChatTurn) == 0


@pytest.mark.parametrize(
    "client_message_id",
    [
        "b6f0a1c2-1111-4111-8111-424242424242",
        "42424242-4242-4242-8242-424242424242",
        "1700000000000",
        "1700000000000000000",
    ],
)
def test_ids_of_digits_that_are_no_card_number_are_taken(
    database: Database, customer: UUID, client_message_id: str
) -> None:
    connection = build_connection(database, customer)

    *_, answer = connection.handle_frame(identified("hello", client_message_id))

    assert answer.model_dump()["clientMessageId"] == client_message_id


@pytest.mark.parametrize("agent", AgentName)
def test_card_numbers_and_their_codes_reach_nobody(
    database: Database, customer: UUID, agent: AgentName
) -> None:
    agent_client = FakeAgentClient()
    connection = build_connection(database, customer, agent_client=agent_client)
    connection.agent = agent
    frame = {
        "action": "sendMessage",
        "message": "pay with 4242 4242 4242 4242, cvc 123",
        "metadata": {"form": {"card": 4242424242424242}},
    }

    notice, *_, answer = connection.handle_frame(json.dumps(frame))

    assert notice.model_dump()["code"] == "CARD_MASKED"
    [turn] = agent_client.turns
    assert turn.message == "pay with •••• 4242, cvc •••"
    assert turn.metadata == {"form": {"card": "•••• 4242"}}
    assert answer.model_dump()["type"] == "message"


def test_a_card_number_in_parts_is_not_completed(
    database: Database, customer: UUID
) -> None:
    agent_client = FakeAgentClient()
    connection = build_connection(database, customer, agent_client=agent_client)
    for _ in range(2):  # a repetition of the same message is no second part
        *_, answer = connection.handle_frame(identified("42424242", "m-1"))
        assert answer.model_dump()["type"] == "message"

    notice, *_ = connection.handle_frame(identified("42424242", "m-2"))
    *_, again = connection.handle_frame(identified("42424242", "m-2"))

    assert notice.model_dump()["code"] == "CARD_MASKED"
    assert again.model_dump()["type"] == "message"
    assert [turn.message for turn in agent_client.turns] == ["42424242", "••••"]
