"""What one line of a client is answered, in which order."""

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


def line(
    database: Database, customer: UUID, *, host: FakeAgentClient | None = None
) -> ChatConnection:
    return ChatConnection(
        database,
        host or FakeAgentClient(),
        AgentName.SUPPORT,
        Principal(customer),
        clock=lambda: NOW,
    )


def kinds(conversation: ChatConnection, raw: str) -> list[str]:
    return [told.model_dump()["type"] for told in conversation.handle_frame(raw)]


def test_the_answer_comes_in_order_and_the_turn_is_free_again(
    database: Database, customer: UUID
) -> None:
    conversation = line(database, customer)
    list(conversation.open())

    assert kinds(conversation, HELLO) == ["typing", "delta", "delta", "message"]
    assert kinds(conversation, HELLO) == ["typing", "delta", "delta", "message"]


def test_a_second_message_of_a_session_waits_for_the_first(
    database: Database, customer: UUID
) -> None:
    first, second = line(database, customer), line(database, customer)
    list(first.open())
    second.session_id = first.session_id
    answering = first.handle_frame(HELLO)
    next(answering)

    [refused] = second.handle_frame(HELLO)

    assert refused.model_dump()["code"] == "STILL_ANSWERING"
    answering.close()
    assert kinds(second, HELLO)[-1] == "message"


def test_a_turn_that_nobody_ended_is_over_after_a_while(
    database: Database, customer: UUID
) -> None:
    conversation = line(database, customer)
    list(conversation.open())
    assert conversation.session_id is not None
    with database.unit_of_work() as session:
        service.begin_turn(
            session,
            owner_id=customer,
            agent=AgentName.SUPPORT,
            session_id=conversation.session_id,
            now=NOW,
        )
    assert kinds(conversation, HELLO) == ["error"]

    conversation.clock = lambda: NOW + service.TURN_TIMEOUT + timedelta(seconds=1)

    assert kinds(conversation, HELLO)[-1] == "message"


def test_an_agent_that_is_away_leaves_the_turn_free(
    database: Database, customer: UUID
) -> None:
    host = FakeAgentClient(error=Unavailable("The assistant is away"))
    conversation = line(database, customer, host=host)
    list(conversation.open())

    assert kinds(conversation, HELLO) == ["typing", "error"]

    host.error = None
    assert kinds(conversation, HELLO)[-1] == "message"


def test_a_line_goes_on_with_a_session_and_its_history(
    database: Database, customer: UUID
) -> None:
    with database.unit_of_work() as session:
        begun = service.start_session(
            session, owner_id=customer, agent=AgentName.SUPPORT
        )
        session.flush()  # its messages refer to it
        for position, (role, text, is_step) in enumerate(
            [
                ("user", "hi", False),
                ("assistant", "", True),
                ("assistant", "hello", False),
            ]
        ):
            entry = NewMessage(position, role, text, is_step=is_step)
            service.add_message(session, session_id=begun.id, message=entry)
    conversation = line(database, customer)
    conversation.session_id = begun.id

    [connected] = conversation.open()

    told = connected.model_dump(mode="json", by_alias=True)
    assert told["sessionId"] == str(begun.id)
    assert [(m["role"], m["message"]) for m in told["history"]] == [
        ("user", "hi"),
        ("assistant", "hello"),
    ]


def test_a_session_of_the_other_agent_is_not_there(
    database: Database, customer: UUID
) -> None:
    with database.unit_of_work() as session:
        other = service.start_session(
            session, owner_id=customer, agent=AgentName.INSIGHTS
        )
    conversation = line(database, customer)

    [refused] = conversation.handle_frame(
        f'{{"action": "history", "sessionId": "{other.id}"}}'
    )

    assert refused.model_dump()["code"] == "CHAT_SESSION_NOT_FOUND"
