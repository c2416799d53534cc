"""Conversations: their owner, their messages and the turn that is being answered.

A conversation belongs to one account and one agent; for any other it does not exist
(`SessionNotFound`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.chat import repository
from webapp.chat.errors import (
    AnswerInProgress,
    AnswerInterrupted,
    ClientMessageIdReused,
    SessionNotFound,
    StillAnswering,
)
from webapp.chat.models import ChatMessage, ChatSession, ChatTurn
from webapp.kit.ids import new_id

MAX_HISTORY = 50
"""Messages of its history that a client is given."""

TURN_TIMEOUT = timedelta(seconds=60)
"""Lease of a turn: one that was never ended, because the web process died, expires then."""


class AgentName(StrEnum):
    SUPPORT = "support"
    INSIGHTS = "insights"


@dataclass(frozen=True)
class NewMessage:
    """A message to store: what clients show, and what the agent loop needs."""

    position: int
    role: str
    text: str
    is_step: bool
    """A step of the agent (a tool call or its result) that clients are not shown."""
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class IdentifiedMessage:
    """A message that its client may send again, and how it then recognizes it."""

    client_message_id: str
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def start_session(session: Session, *, owner_id: UUID, agent: AgentName) -> ChatSession:
    started = ChatSession(id=new_id(), owner_id=owner_id, agent=agent, state={})
    session.add(started)
    return started


def require_session(
    session: Session, *, owner_id: UUID, agent: AgentName, session_id: UUID
) -> ChatSession:
    """Raises `SessionNotFound`, also for another account's or another agent's session."""
    chat_session = repository.find_session(
        session, owner_id=owner_id, agent=agent, session_id=session_id
    )
    if chat_session is None:
        raise SessionNotFound(session_id)
    return chat_session


def list_history(
    session: Session,
    *,
    owner_id: UUID,
    agent: AgentName,
    session_id: UUID,
    limit: int = MAX_HISTORY,
) -> Sequence[ChatMessage]:
    """The latest messages, oldest first, without the agent's own steps.

    Raises `SessionNotFound`.
    """
    require_session(session, owner_id=owner_id, agent=agent, session_id=session_id)
    return repository.list_visible_messages(session, session_id, limit=limit)


def delete_sessions(session: Session, *, owner_id: UUID) -> None:
    """Delete an owner's conversations, with both agents."""
    repository.delete_sessions(session, owner_id=owner_id)


def begin_turn(
    session: Session,
    *,
    owner_id: UUID,
    agent: AgentName,
    session_id: UUID,
    now: datetime,
    is_new: bool = False,
    turn_id: UUID | None = None,
) -> None:
    """Take the turn of the session, which is created first if it is new.

    Raises `SessionNotFound` and `StillAnswering`.
    """
    if is_new:
        repository.insert_session(
            session, owner_id=owner_id, agent=agent, session_id=session_id
        )
    require_session(session, owner_id=owner_id, agent=agent, session_id=session_id)
    if not repository.acquire_turn(
        session,
        session_id=session_id,
        turn_id=turn_id,
        now=now,
        until=now + TURN_TIMEOUT,
    ):
        raise StillAnswering


def begin_identified_turn(
    session: Session,
    *,
    owner_id: UUID,
    agent: AgentName,
    session_id: UUID,
    message: IdentifiedMessage,
    now: datetime,
    is_new: bool = False,
) -> ChatTurn:
    """Take the turn to answer a message that may have been sent before; if it has been
    answered, nothing is taken and its turn has `answered_at`. A repeated message is answered
    in the session in which it was sent first.

    Raises what `begin_turn` does, `AnswerInProgress`, `ClientMessageIdReused`, and
    `AnswerInterrupted` if the first attempt ended without an answer after calling a tool.
    """
    known = repository.find_turn(
        session,
        owner_id=owner_id,
        agent=agent,
        client_message_id=message.client_message_id,
    )
    if known is not None:
        return _repeat_turn(session, known, message=message, now=now)
    turn_id = new_id()
    begin_turn(
        session,
        owner_id=owner_id,
        agent=agent,
        session_id=session_id,
        now=now,
        is_new=is_new,
        turn_id=turn_id,
    )
    turn = repository.insert_turn(
        session,
        turn_id=turn_id,
        session_id=session_id,
        owner_id=owner_id,
        agent=agent,
        client_message_id=message.client_message_id,
        message_digest=message.digest,
        first_position=repository.next_position(session, session_id),
    )
    if turn is None:  # sent twice at once: the transaction is rolled back
        raise AnswerInProgress(session_id)
    return turn


def _repeat_turn(
    session: Session, turn: ChatTurn, *, message: IdentifiedMessage, now: datetime
) -> ChatTurn:
    if turn.message_digest != message.digest:
        raise ClientMessageIdReused(message.client_message_id)
    if _is_answered(turn):
        return turn
    if not repository.acquire_turn(
        session,
        session_id=turn.session_id,
        turn_id=turn.id,
        now=now,
        until=now + TURN_TIMEOUT,
    ):
        raise AnswerInProgress(turn.session_id)
    session.refresh(turn)
    if _is_answered(turn):  # between the look and the lock
        repository.release_turn(session, turn.session_id)
    elif repository.has_steps(
        session, turn.session_id, from_position=turn.first_position
    ):
        raise AnswerInterrupted(message.client_message_id)
    else:
        turn.first_position = repository.next_position(session, turn.session_id)
    return turn


def _is_answered(turn: ChatTurn) -> bool:
    return turn.answered_at is not None


def end_turn(session: Session, *, session_id: UUID) -> None:
    repository.release_turn(session, session_id)


def record_turn_answer(
    session: Session,
    *,
    session_id: UUID,
    text: str,
    data: dict[str, Any],
    now: datetime,
) -> None:
    """Keep the answer for a client that sends the message again, unless it is kept already."""
    repository.record_turn_answer(session, session_id, text=text, data=data, now=now)


def save_state(session: Session, *, session_id: UUID, state: dict[str, Any]) -> None:
    repository.update_state(session, session_id, state)


def add_message(session: Session, *, session_id: UUID, message: NewMessage) -> None:
    session.add(
        ChatMessage(
            session_id=session_id,
            position=message.position,
            role=message.role,
            message_type="tool" if message.is_step else "message",
            text=message.text,
            data={},
            content=message.content,
        )
    )


def list_messages(
    session: Session, *, session_id: UUID, offset: int = 0, limit: int | None = None
) -> Sequence[ChatMessage]:
    """Messages from position `offset` on, the agent's own steps included."""
    return repository.list_messages(session, session_id, offset=offset, limit=limit)


def find_message(
    session: Session, *, session_id: UUID, position: int
) -> ChatMessage | None:
    return repository.find_message(session, session_id, position)


def delete_inactive_sessions(session: Session, *, older_than: timedelta) -> int:
    """Delete conversations without activity for `older_than`; returns how many."""
    return repository.delete_inactive_sessions(session, older_than=older_than)


def record_answer(
    session: Session,
    *,
    session_id: UUID,
    text: str,
    data: dict[str, Any],
    now: datetime,
) -> UUID | None:
    """Store the last answer as it was sent, its text and the structured data with it: in the
    history, and for a client that sends the message again. Returns the id of its message, if
    the history has one."""
    record_turn_answer(session, session_id=session_id, text=text, data=data, now=now)
    answer = repository.find_last_answer(session, session_id)
    if answer is None:
        return None
    answer.text = text
    answer.data = data
    answer.message_type = "message"
    return answer.id
