from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.chat.models import ChatMessage, ChatSession


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


def delete_sessions(session: Session, *, owner_id: UUID) -> None:
    """Delete an owner's sessions with their messages."""
    session.execute(
        delete(ChatSession)
        .where(ChatSession.owner_id == owner_id)
        .execution_options(synchronize_session=False)
    )


def acquire_turn(
    session: Session, *, session_id: UUID, now: datetime, until: datetime
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
        .values(answering_until=until, active_at=now)
        .returning(ChatSession.id)
    )
    return acquired.first() is not None


def release_turn(session: Session, session_id: UUID) -> None:
    session.execute(
        update(ChatSession)
        .where(ChatSession.id == session_id)
        .values(answering_until=None)
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


def delete_inactive_sessions(session: Session, *, older_than: timedelta) -> int:
    """Delete them with their messages; returns how many sessions."""
    deleted = session.execute(
        delete(ChatSession)
        .where(ChatSession.active_at < func.now() - older_than)
        .returning(ChatSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())
