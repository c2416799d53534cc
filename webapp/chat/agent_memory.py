"""What of a conversation goes to the agent memory, which is a copy: written by a job after each
answer, deleted by a job after the account."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.agent_memory.port import MemoryTurn
from webapp.chat import repository
from webapp.db.outbox import enqueue

LATE_NOTES = timedelta(days=1)
"""The memory makes notes some time after a turn: what came after an account was deleted is
deleted then."""


def enqueue_turn(
    session: Session, *, owner_id: UUID, session_id: UUID, answer_id: UUID
) -> None:
    """Have the turn of this answer written to the memory. Only ids are enqueued: what is deleted
    meanwhile is not written."""
    enqueue(
        session,
        "agent_memory.record_turn",
        owner_id=owner_id,
        session_id=session_id,
        answer_id=answer_id,
    )


def enqueue_forgetting(session: Session, *, owner_id: UUID) -> None:
    """Have all turns and notes of an account deleted from the memory."""
    for after in (None, LATE_NOTES):
        enqueue(session, "agent_memory.forget_owner", after=after, owner_id=owner_id)


def find_turn(
    session: Session, *, owner_id: UUID, session_id: UUID, answer_id: UUID
) -> MemoryTurn | None:
    """The answer and its question as they are stored; `None` if they have been deleted."""
    found = repository.find_answered_turn(
        session, owner_id=owner_id, session_id=session_id, answer_id=answer_id
    )
    if found is None:
        return None
    question, answer = found
    return MemoryTurn(
        turn_id=answer.id,
        actor_id=owner_id,
        session_id=session_id,
        question=question.text,
        answer=answer.text,
        asked_at=question.created_at,
    )
