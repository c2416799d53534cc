from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.chat.models import ChatMessage, ChatSession, ChatTurn, OpenConnection


def find_session(
    session: Session, *, owner_id: UUID, agent: str, session_id: UUID
) -> ChatSession | None:
    return session.scalars(
        select(ChatSession).where(
            ChatSession.id == session_id,
            ChatSession.owner_id == owner_id,
            ChatSession.agent == agent,
        )
    ).one_or_none()


def insert_session(
    session: Session, *, owner_id: UUID, agent: str, session_id: UUID
) -> None:
    """Insert it unless it is there."""
    session.execute(
        insert(ChatSession)
        .values(id=session_id, owner_id=owner_id, agent=agent, state={})
        .on_conflict_do_nothing(index_elements=[ChatSession.id])
    )


def find_turn(
    session: Session, *, owner_id: UUID, agent: str, client_message_id: str
) -> ChatTurn | None:
    return session.scalars(
        select(ChatTurn).where(
            ChatTurn.owner_id == owner_id,
            ChatTurn.agent == agent,
            ChatTurn.client_message_id == client_message_id,
        )
    ).one_or_none()


def insert_turn(
    session: Session,
    *,
    turn_id: UUID,
    session_id: UUID,
    owner_id: UUID,
    agent: str,
    client_message_id: str,
    message_digest: str,
    first_position: int,
) -> ChatTurn | None:
    """`None` if the message has been inserted meanwhile; waits for whoever inserts it."""
    return session.scalars(
        insert(ChatTurn)
        .values(
            id=turn_id,
            session_id=session_id,
            owner_id=owner_id,
            agent=agent,
            client_message_id=client_message_id,
            message_digest=message_digest,
            first_position=first_position,
            answer_data={},
        )
        .on_conflict_do_nothing(
            index_elements=[
                ChatTurn.owner_id,
                ChatTurn.agent,
                ChatTurn.client_message_id,
            ]
        )
        .returning(ChatTurn)
    ).one_or_none()


def record_turn_answer(
    session: Session,
    session_id: UUID,
    *,
    text: str,
    data: dict[str, Any],
    now: datetime,
) -> None:
    """Set the answer of the turn that the session is in, if it is stored and has none."""
    session.execute(
        update(ChatTurn)
        .where(
            ChatTurn.id == ChatSession.answering_turn_id,
            ChatSession.id == session_id,
            ChatTurn.answered_at.is_(None),
        )
        .values(answer=text, answer_data=data, answered_at=now)
        .execution_options(synchronize_session=False)
    )


def next_position(session: Session, session_id: UUID) -> int:
    last = session.scalar(
        select(func.max(ChatMessage.position)).where(
            ChatMessage.session_id == session_id
        )
    )
    return 0 if last is None else last + 1


def has_steps(session: Session, session_id: UUID, *, from_position: int) -> bool:
    """Whether the agent has called a tool in the messages from that position on."""
    step = session.scalar(
        select(ChatMessage.id)
        .where(
            ChatMessage.session_id == session_id,
            ChatMessage.position >= from_position,
            ChatMessage.message_type == "tool",
        )
        .limit(1)
    )
    return step is not None


def delete_sessions(session: Session, *, owner_id: UUID) -> None:
    """Delete an owner's sessions with their messages."""
    session.execute(
        delete(ChatSession)
        .where(ChatSession.owner_id == owner_id)
        .execution_options(synchronize_session=False)
    )


def acquire_turn(
    session: Session,
    *,
    session_id: UUID,
    turn_id: UUID | None,
    now: datetime,
    until: datetime,
) -> bool:
    """Take the session's turn until `until`; False when another message holds it."""
    acquired = session.execute(
        update(ChatSession)
        .where(
            ChatSession.id == session_id,
            or_(
                ChatSession.answering_until.is_(None), ChatSession.answering_until < now
            ),
        )
        .values(answering_until=until, answering_turn_id=turn_id, active_at=now)
        .returning(ChatSession.id)
    )
    return acquired.first() is not None


def release_turn(session: Session, session_id: UUID) -> None:
    session.execute(
        update(ChatSession)
        .where(ChatSession.id == session_id)
        .values(answering_until=None, answering_turn_id=None)
    )


def update_state(session: Session, session_id: UUID, state: dict[str, Any]) -> None:
    session.execute(
        update(ChatSession).where(ChatSession.id == session_id).values(state=state)
    )


def list_visible_messages(
    session: Session, session_id: UUID, *, limit: int
) -> Sequence[ChatMessage]:
    """The latest messages that clients are shown, oldest first."""
    latest = session.scalars(
        select(ChatMessage)
        .where(
            ChatMessage.session_id == session_id, ChatMessage.message_type == "message"
        )
        .order_by(ChatMessage.position.desc())
        .limit(limit)
    ).all()
    return latest[::-1]


def list_messages(
    session: Session, session_id: UUID, *, offset: int, limit: int | None
) -> Sequence[ChatMessage]:
    """Messages from position `offset` on, the agent's own steps included."""
    return session.scalars(
        select(ChatMessage)
        .where(ChatMessage.session_id == session_id, ChatMessage.position >= offset)
        .order_by(ChatMessage.position)
        .limit(limit)
    ).all()


def find_message(
    session: Session, session_id: UUID, position: int
) -> ChatMessage | None:
    return session.scalars(
        select(ChatMessage).where(
            ChatMessage.session_id == session_id, ChatMessage.position == position
        )
    ).one_or_none()


def find_last_answer(session: Session, session_id: UUID) -> ChatMessage | None:
    return session.scalars(
        select(ChatMessage).where(
            ChatMessage.session_id == session_id,
            ChatMessage.position
            == select(func.max(ChatMessage.position))
            .where(ChatMessage.session_id == session_id)
            .scalar_subquery(),
            ChatMessage.role == "assistant",
        )
    ).one_or_none()


def find_answered_turn(
    session: Session, *, owner_id: UUID, session_id: UUID, answer_id: UUID
) -> tuple[ChatMessage, ChatMessage] | None:
    """The question and the answer."""
    answer = session.scalars(
        select(ChatMessage)
        .join(ChatSession, ChatSession.id == ChatMessage.session_id)
        .where(
            ChatMessage.id == answer_id,
            ChatSession.id == session_id,
            ChatSession.owner_id == owner_id,
        )
    ).one_or_none()
    if answer is None:
        return None
    question = session.scalars(
        select(ChatMessage)
        .where(
            ChatMessage.session_id == session_id,
            ChatMessage.position < answer.position,
            ChatMessage.role == "user",
            ChatMessage.message_type == "message",
        )
        .order_by(ChatMessage.position.desc())
        .limit(1)
    ).one()
    return question, answer


def delete_inactive_sessions(session: Session, *, older_than: timedelta) -> int:
    """Delete them with their messages; returns how many sessions."""
    deleted = session.execute(
        delete(ChatSession)
        .where(ChatSession.active_at < func.now() - older_than)
        .returning(ChatSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())


# For one transaction: the commit of a socket's row does not wait for the disk, as a server that
# crashes closes the sockets, too.
WITHOUT_FLUSH = func.set_config("synchronous_commit", "off", True) == "off"


def insert_connection(
    session: Session,
    *,
    connection_id: UUID,
    owner_id: UUID,
    agent: str,
    session_id: UUID,
    expires_at: datetime,
) -> None:
    row = {
        OpenConnection.id: connection_id,
        OpenConnection.owner_id: owner_id,
        OpenConnection.agent: agent,
        OpenConnection.session_id: session_id,
        OpenConnection.expires_at: expires_at,
    }
    values = [literal(value, column.type) for column, value in row.items()]
    session.execute(
        insert(OpenConnection).from_select(
            [*row], select(*values).where(WITHOUT_FLUSH), include_defaults=False
        )
    )


def delete_connection(session: Session, connection_id: UUID) -> None:
    """Delete it unless it is gone."""
    session.execute(
        delete(OpenConnection)
        .where(OpenConnection.id == connection_id, WITHOUT_FLUSH)
        .execution_options(synchronize_session=False)
    )


def delete_connections(session: Session, *, owner_id: UUID) -> None:
    session.execute(
        delete(OpenConnection)
        .where(OpenConnection.owner_id == owner_id)
        .execution_options(synchronize_session=False)
    )


def delete_expired_connections(session: Session, *, now: datetime) -> int:
    deleted = session.execute(
        delete(OpenConnection)
        .where(OpenConnection.expires_at < now)
        .returning(OpenConnection.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())
