"""The SDK's session repository on the shop's database.

A replica keeps no conversation state: any replica can continue any conversation, and one
that dies loses nothing.
"""

from typing import Any
from uuid import UUID

from strands import Agent
from strands.agent.conversation_manager import ConversationManager
from strands.session import RepositorySessionManager, SessionRepository
from strands.types.content import Message
from strands.types.exceptions import ContextWindowOverflowException
from strands.types.session import Session, SessionAgent, SessionMessage, SessionType

from webapp.chat import service
from webapp.chat.service import AgentName, NewMessage
from webapp.db.session import Database


class PostgresSessionRepository(SessionRepository):
    """The conversations of one customer with one agent; for any other `SessionNotFound`."""

    def __init__(self, db: Database, *, owner_id: UUID, agent: AgentName) -> None:
        self._db = db
        self._owner_id = owner_id
        self._agent = agent

    def create_session(self, session: Session, **_: Any) -> Session:
        """Sessions are started by the shop's socket, so a missing one is an error here."""
        self._require(session.session_id)
        return session

    def read_session(self, session_id: str, **_: Any) -> Session:
        self._require(session_id)
        return Session(session_id, SessionType.AGENT)

    def create_agent(
        self, session_id: str, session_agent: SessionAgent, **_: Any
    ) -> None:
        self.update_agent(session_id, session_agent)

    def read_agent(
        self, session_id: str, agent_id: str, **_: Any
    ) -> SessionAgent | None:
        state = self._require(session_id)
        return (
            SessionAgent.from_dict(state) if state.get("agent_id") == agent_id else None
        )

    def update_agent(
        self, session_id: str, session_agent: SessionAgent, **_: Any
    ) -> None:
        with self._db.unit_of_work() as session:
            service.save_state(
                session, session_id=UUID(session_id), state=session_agent.to_dict()
            )

    def create_message(
        self, session_id: str, agent_id: str, session_message: SessionMessage, **_: Any
    ) -> None:
        del agent_id  # one agent a session
        with self._db.unit_of_work() as session:
            service.add_message(
                session,
                session_id=UUID(session_id),
                message=_to_new_message(session_message),
            )

    def read_message(
        self, session_id: str, agent_id: str, message_id: int, **_: Any
    ) -> SessionMessage | None:
        del agent_id
        with self._db.unit_of_work() as session:
            stored = service.find_message(
                session, session_id=UUID(session_id), position=message_id
            )
            return SessionMessage.from_dict(stored.content) if stored else None

    def update_message(
        self, session_id: str, agent_id: str, session_message: SessionMessage, **_: Any
    ) -> None:
        del agent_id
        changed = _to_new_message(session_message)
        with self._db.unit_of_work() as session:
            stored = service.find_message(
                session, session_id=UUID(session_id), position=changed.position
            )
            if stored is not None:
                stored.text, stored.content = changed.text, changed.content

    def list_messages(
        self,
        session_id: str,
        agent_id: str,
        limit: int | None = None,
        offset: int = 0,
        **_: Any,
    ) -> list[SessionMessage]:
        del agent_id
        with self._db.unit_of_work() as session:
            stored = service.list_messages(
                session, session_id=UUID(session_id), offset=offset, limit=limit
            )
            return [SessionMessage.from_dict(message.content) for message in stored]

    def _require(self, session_id: str) -> dict[str, Any]:
        """The session's state. Raises `SessionNotFound`."""
        with self._db.unit_of_work() as session:
            return service.require_session(
                session,
                owner_id=self._owner_id,
                agent=self._agent,
                session_id=UUID(session_id),
            ).state


def build_session_manager(
    db: Database, *, owner_id: UUID, agent: AgentName, session_id: UUID
) -> RepositorySessionManager:
    """Raises `SessionNotFound`."""
    repository = PostgresSessionRepository(db, owner_id=owner_id, agent=agent)
    return RepositorySessionManager(str(session_id), repository)


def join_text(message: Message) -> str:
    return "".join(block.get("text", "") for block in message["content"]).strip()


def is_step(message: Message) -> bool:
    """Whether it is a tool call or a tool result, which clients are not shown."""
    return any(
        "toolUse" in block or "toolResult" in block for block in message["content"]
    )


def _to_new_message(stored: SessionMessage) -> NewMessage:
    message = stored.to_message()
    return NewMessage(
        position=stored.message_id,
        role=message["role"],
        text=join_text(message),
        is_step=is_step(message),
        content=stored.to_dict(),
    )


class VisibleMessageWindow(ConversationManager):
    """Limits the agent's context to the last visible messages and the steps between them.

    It cuts before a customer's message, so that no tool call loses its result.
    """

    def __init__(self, max_visible: int) -> None:
        super().__init__()
        self._max_visible = max_visible

    def apply_management(self, agent: Agent, **_: Any) -> None:
        self._cut(agent, self._max_visible)

    def reduce_context(
        self, agent: Agent, e: Exception | None = None, **_: Any
    ) -> None:
        """Called when the model's context overflows: halves the window."""
        visible = sum(not is_step(message) for message in agent.messages)
        if not self._cut(agent, visible // 2) and e is not None:
            raise ContextWindowOverflowException("One turn fills the context") from e

    def _cut(self, agent: Agent, max_visible: int) -> bool:
        start = find_window_start(agent.messages, max_visible=max_visible)
        self.removed_message_count += start
        del agent.messages[:start]
        return start > 0


def find_window_start(messages: list[Message], *, max_visible: int) -> int:
    """Index of the first message to keep, so that at most `max_visible` visible ones stay;
    the last turn is always kept."""
    starts = [
        index
        for index, message in enumerate(messages)
        if message["role"] == "user" and not is_step(message)
    ]
    for start in starts:
        if sum(not is_step(message) for message in messages[start:]) <= max_visible:
            return start
    return starts[-1] if starts else 0
