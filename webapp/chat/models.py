from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class ChatSession(Record):
    """A conversation of one account with one agent."""

    __tablename__ = "chat_sessions"
    __table_args__ = (
        CheckConstraint("agent IN ('support', 'insights')", name="agent_known"),
        Index("ix_chat_sessions_owner", "owner_id", "agent", "active_at"),
    )

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    agent: Mapped[str]
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The agent's state between turns, as its session manager serializes it."""
    active_at: Mapped[datetime] = mapped_column(server_default=func.now())
    answering_until: Mapped[datetime | None]
    """Set while a message is being answered, so that a second one cannot interleave with
    it. A lease that expires and not a flag, as the process that set it may die."""
    answering_turn_id: Mapped[UUID | None]
    """The `ChatTurn` that is being answered; none if its client gave the message no id."""


class ChatTurn(Record):
    """A message that its client gave an id, with its answer: sent again, it is not acted on
    again."""

    __tablename__ = "chat_turns"
    __table_args__ = (UniqueConstraint("owner_id", "agent", "client_message_id"),)

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("chat_sessions.id", ondelete="CASCADE"), index=True
    )
    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    agent: Mapped[str]
    client_message_id: Mapped[str]
    message_digest: Mapped[str]
    """SHA-256 of the text, which is itself in `chat_messages`."""
    first_position: Mapped[int]
    """Messages from this position on are of this turn, or of a later one."""
    answer: Mapped[str | None]
    answer_data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answered_at: Mapped[datetime | None]


class ChatMessage(Record):
    """A message as clients show it (`text`, `data`) and as the agent loop needs it."""

    __tablename__ = "chat_messages"
    __table_args__ = (UniqueConstraint("session_id", "position"),)

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("chat_sessions.id", ondelete="CASCADE")
    )
    position: Mapped[int]
    role: Mapped[str]
    """`user`, `assistant` or `system`."""
    message_type: Mapped[str] = mapped_column(default="message")
    """`message`, or `tool` for a step of the agent that clients are not shown."""
    text: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The structured answer next to the text: products, buttons, tools used."""
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The message in the agent SDK's own form."""


class OpenConnection(Record):
    """A chat socket that is open, from `created_at` on. The row of one whose process was killed
    stays until it expires."""

    __tablename__ = "chat_connections"
    __table_args__ = (
        CheckConstraint("agent IN ('support', 'insights')", name="agent_known"),
    )

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    agent: Mapped[str]
    session_id: Mapped[UUID]
    """The conversation that it began with, which is stored with its first message only."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When it is closed at the latest."""
