"""Copies turns to the agent memory, and deletes what its owners have deleted."""

from uuid import UUID

from jobs.context import JobContext
from webapp.adapters.agent_memory.port import MemoryTurn
from webapp.bootstrap import Runtime
from webapp.chat import agent_memory


def record_turn(
    runtime: Runtime,
    context: JobContext,
    *,
    owner_id: str,
    session_id: str,
    answer_id: str,
) -> None:
    """Write a turn to the memory; a repetition writes nothing.

    An account that is deleted while this runs may have been forgotten before the turn was written:
    the turn is looked up again afterwards, and its session deleted if it is gone.
    """
    memory = runtime.agent_memory
    actor, session = UUID(owner_id), UUID(session_id)

    def find_turn() -> MemoryTurn | None:
        with runtime.db.unit_of_work() as transaction:
            return agent_memory.find_turn(
                transaction,
                owner_id=actor,
                session_id=session,
                answer_id=UUID(answer_id),
            )

    if memory is not None:  # it may have been configured when this was enqueued
        turn = find_turn()
        if turn is not None:
            memory.record_turn(turn)
            turn = find_turn()
        if turn is None:
            memory.forget_session(actor_id=actor, session_id=session)
    with runtime.db.unit_of_work() as transaction:
        context.mark_done(transaction)


def forget_owner(runtime: Runtime, context: JobContext, *, owner_id: str) -> None:
    """Delete all turns and notes of an account from the memory, if there is one."""
    if runtime.agent_memory is not None:
        runtime.agent_memory.forget_actor(actor_id=UUID(owner_id))
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)
