"""What the SDK stores of a conversation, and reads back."""

from typing import Any
from uuid import UUID

import pytest
from strands.types.content import ContentBlock, Role
from strands.types.session import Session as AgentSession
from strands.types.session import SessionAgent, SessionMessage, SessionType

from agents.sessions import PostgresSessionRepository
from tests.support.factories import RowFactory
from webapp.chat import service as chat
from webapp.chat.errors import SessionNotFound
from webapp.chat.models import ChatMessage
from webapp.chat.service import AgentName
from webapp.db.session import Database
from webapp.kit.ids import new_id

AGENT = AgentName.SUPPORT
CALL: ContentBlock = {"toolUse": {"toolUseId": "1", "name": "view_cart", "input": {}}}


@pytest.fixture
def ada(database: Database) -> UUID:
    with database.unit_of_work() as session:
        return RowFactory(session).customer().id


@pytest.fixture
def repository(database: Database, ada: UUID) -> PostgresSessionRepository:
    return PostgresSessionRepository(database, owner_id=ada, agent=AGENT)


@pytest.fixture
def session_id(database: Database, ada: UUID) -> str:
    with database.unit_of_work() as session:
        return str(chat.start_session(session, owner_id=ada, agent=AGENT).id)


def build_message(
    position: int, *content: ContentBlock, role: Role = "assistant"
) -> SessionMessage:
    return SessionMessage.from_message({"role": role, "content": [*content]}, position)


def list_stored(database: Database, session_id: str) -> list[ChatMessage]:
    with database.unit_of_work() as session:
        return [*chat.list_messages(session, session_id=UUID(session_id))]


def to_dicts(*messages: SessionMessage | None) -> list[dict[str, Any]]:
    return [message.to_dict() for message in messages if message]


def test_a_message_is_read_back_as_it_was_stored(
    database: Database, repository: PostgresSessionRepository, session_id: str
) -> None:
    question = build_message(0, {"text": " My cart? "}, role="user")
    step = build_message(1, {"text": "Let me look."}, CALL)
    repository.create_message(session_id, AGENT, question)
    repository.create_message(session_id, AGENT, step)

    read = [repository.read_message(session_id, AGENT, each) for each in (0, 1)]

    assert to_dicts(*read) == to_dicts(question, step)
    assert repository.read_message(session_id, AGENT, 2) is None
    assert [
        (row.position, row.role, row.text, row.message_type)
        for row in list_stored(database, session_id)
    ] == [
        (0, "user", "My cart?", "message"),
        (1, "assistant", "Let me look.", "tool"),
    ]


def test_a_redacted_message_replaces_what_was_stored(
    database: Database, repository: PostgresSessionRepository, session_id: str
) -> None:
    first, second = (build_message(at, {"text": f"secret {at}"}) for at in (0, 1))
    repository.create_message(session_id, AGENT, first)
    repository.create_message(session_id, AGENT, second)

    second.redact_message = {"role": "assistant", "content": [{"text": "Redacted."}]}
    repository.update_message(session_id, AGENT, second)

    assert to_dicts(*repository.list_messages(session_id, AGENT)) == to_dicts(
        first, second
    )
    assert [row.text for row in list_stored(database, session_id)] == [
        "secret 0",
        "Redacted.",
    ]


def test_a_message_that_was_never_stored_is_not_added_by_an_update(
    database: Database, repository: PostgresSessionRepository, session_id: str
) -> None:
    repository.update_message(session_id, AGENT, build_message(0, {"text": "hello"}))

    assert list_stored(database, session_id) == []


def test_messages_are_listed_from_an_offset_up_to_a_limit(
    repository: PostgresSessionRepository, session_id: str
) -> None:
    for position in range(4):
        message = build_message(position, {"text": "hello"})
        repository.create_message(session_id, AGENT, message)

    def list_ids(**options: int) -> list[int]:
        messages = repository.list_messages(session_id, AGENT, **options)
        return [message.message_id for message in messages]

    assert list_ids() == [0, 1, 2, 3]
    assert list_ids(offset=1) == [1, 2, 3]
    assert list_ids(offset=1, limit=2) == [1, 2]


def test_the_state_of_an_agent_is_read_back(
    repository: PostgresSessionRepository, session_id: str
) -> None:
    agent = SessionAgent(AGENT, {"greeted": True}, {"removed_message_count": 2})
    assert repository.read_agent(session_id, AGENT) is None

    repository.create_agent(session_id, agent)

    stored = repository.read_agent(session_id, AGENT)
    assert stored is not None
    assert stored.to_dict() == agent.to_dict()
    assert repository.read_agent(session_id, "another agent") is None


def test_a_session_is_known_to_its_customer_and_its_agent_only(
    database: Database,
    repository: PostgresSessionRepository,
    ada: UUID,
    session_id: str,
) -> None:
    expected = AgentSession(session_id, SessionType.AGENT)
    read = repository.read_session(session_id)
    assert (read.session_id, read.session_type) == (session_id, SessionType.AGENT)
    assert repository.create_session(expected) is expected

    strangers = (
        PostgresSessionRepository(database, owner_id=ada, agent=AgentName.INSIGHTS),
        PostgresSessionRepository(database, owner_id=new_id(), agent=AGENT),
    )
    for stranger in strangers:
        with pytest.raises(SessionNotFound):
            stranger.read_session(session_id)
        with pytest.raises(SessionNotFound):
            stranger.read_agent(session_id, AGENT)
        with pytest.raises(SessionNotFound):
            stranger.create_session(expected)
