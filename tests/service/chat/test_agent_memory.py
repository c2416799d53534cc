"""From an answer to the agent memory, and from a deleted account to an empty one: the jobs, on a
real database and against a peer over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from tests.support.agentcore import (
    REGION,
    AgentCorePeer,
    configured_agentcore,
    reject_calls,
)
from tests.support.factories import RowFactory
from tests.support.job_runner import JobRunner
from webapp.account_deletion.service import delete_account
from webapp.accounts.models import Customer
from webapp.adapters.agent_memory.agentcore import AgentCoreMemory
from webapp.adapters.agent_memory.port import AgentMemoryUnavailable
from webapp.bootstrap import Runtime
from webapp.chat import agent_memory
from webapp.chat import service as chat
from webapp.chat.service import AgentName, NewMessage
from webapp.db.outbox import OPEN, OutboxMessage
from webapp.kit.clock import utc_now

RECORD, FORGET = "agent_memory.record_turn", "agent_memory.forget_owner"


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentCorePeer]:
    with configured_agentcore(monkeypatch) as peer:
        yield peer


@pytest.fixture
def shop(runtime: Runtime, peer: AgentCorePeer) -> Runtime:
    memory = AgentCoreMemory(peer.add_memory(), region=REGION)
    return replace(runtime, agent_memory=memory)


@pytest.fixture
def admin(shop: Runtime) -> UUID:
    with shop.db.unit_of_work() as session:
        return RowFactory(session).customer(admin=True).id


def start_session(shop: Runtime, owner: UUID) -> UUID:
    with shop.db.unit_of_work() as session:
        return chat.start_session(session, owner_id=owner, agent=AgentName.INSIGHTS).id


def answer_question(
    shop: Runtime, owner: UUID, session_id: UUID, question: str, answer: str
) -> None:
    """What a turn leaves: a question, a step of the agent, and the answer as it was sent."""
    with shop.db.unit_of_work() as session:
        first = len(chat.list_messages(session, session_id=session_id))
        for position, (role, text) in enumerate(
            [
                ("user", question),
                ("assistant", "tool call"),
                ("assistant", "unfiltered"),
            ],
            first,
        ):
            message = NewMessage(position, role, text, is_step=text == "tool call")
            chat.add_message(session, session_id=session_id, message=message)
            session.flush()
        answer_id = chat.record_answer(
            session, session_id=session_id, text=answer, data={}, now=utc_now()
        )
        assert answer_id is not None
        agent_memory.enqueue_turn(
            session, owner_id=owner, session_id=session_id, answer_id=answer_id
        )


def list_open_jobs(shop: Runtime) -> list[str]:
    with shop.db.unit_of_work() as session:
        return [*session.scalars(select(OutboxMessage.job).where(OPEN))]


def test_turns_are_written_as_they_are_stored_in_the_order_of_the_conversation(
    shop: Runtime, admin: UUID, peer: AgentCorePeer
) -> None:
    session_id = start_session(shop, admin)
    answer_question(shop, admin, session_id, "my card is ••••", "It was $5.")
    answer_question(shop, admin, session_id, "and by country?", "DE leads.")

    assert JobRunner(shop).run_open(RECORD) == 2

    assert peer.list_texts() == [
        "my card is ••••",
        "It was $5.",
        "and by country?",
        "DE leads.",
    ]
    assert {(e.actor_id, e.session_id) for e in peer.events} == {
        (str(admin), str(session_id))
    }
    assert list_open_jobs(shop) == []


def test_only_ids_wait_in_the_outbox(shop: Runtime, admin: UUID) -> None:
    answer_question(shop, admin, start_session(shop, admin), "who is Ada?", "I")

    with shop.db.unit_of_work() as session:
        [message] = session.scalars(select(OutboxMessage))
    assert message.arguments.keys() == {"owner_id", "session_id", "answer_id"}
    assert "Ada" not in str(message.arguments)


def test_a_job_that_is_run_again_after_a_crash_writes_the_turn_once(
    shop: Runtime, admin: UUID, peer: AgentCorePeer
) -> None:
    answer_question(shop, admin, start_session(shop, admin), "revenue?", "$5")

    JobRunner(shop)(RECORD)
    with shop.db.unit_of_work() as session:  # it died before it was marked done
        session.execute(update(OutboxMessage).values(done_at=None))
    JobRunner(shop)(RECORD)

    assert peer.calls == ["CreateEvent", "CreateEvent"]
    assert len(peer.events) == 1


@pytest.mark.parametrize("job", [RECORD, FORGET])
def test_while_the_memory_is_away_the_job_fails_and_is_retried(
    shop: Runtime, admin: UUID, peer: AgentCorePeer, job: str
) -> None:
    answer_question(shop, admin, start_session(shop, admin), "revenue?", "$5")
    with shop.db.unit_of_work() as session:
        agent_memory.enqueue_forgetting(session, owner_id=admin)
    peer.before_call = reject_calls("AccessDeniedException")

    with pytest.raises(AgentMemoryUnavailable):
        JobRunner(shop)(job)

    assert job in list_open_jobs(shop)
    peer.before_call = lambda _: None
    JobRunner(shop)(job)
    assert job not in list_open_jobs(shop)


def test_without_a_memory_the_jobs_have_nothing_to_do(
    runtime: Runtime, admin: UUID, peer: AgentCorePeer
) -> None:
    answer_question(runtime, admin, start_session(runtime, admin), "revenue?", "$5")
    with runtime.db.unit_of_work() as session:
        agent_memory.enqueue_forgetting(session, owner_id=admin)

    for job in (RECORD, FORGET):
        JobRunner(runtime)(job)

    assert list_open_jobs(runtime) == []
    assert peer.calls == []


def delete(shop: Runtime, account: UUID) -> None:
    with shop.db.unit_of_work() as session:
        delete_account(
            session,
            customer_id=account,
            verified_hash=session.get_one(Customer, account).password_hash,
            now=utc_now(),
        )


def test_a_deleted_account_is_forgotten_now_and_again_a_day_later(
    shop: Runtime, admin: UUID, peer: AgentCorePeer
) -> None:
    with shop.db.unit_of_work() as session:
        other = RowFactory(session).customer(admin=True).id
    for owner in (admin, other):
        answer_question(shop, owner, start_session(shop, owner), f"of {owner}", "$5")
    JobRunner(shop)(RECORD)
    [memory_id] = peer.memories
    for owner in (admin, other):
        peer.add_note(memory_id, f"/actors/{owner}/preferences/", f"note of {owner}")

    delete(shop, admin)
    with shop.db.unit_of_work() as session:
        now, later = session.scalars(
            select(OutboxMessage.due_at)
            .where(OutboxMessage.job == FORGET)
            .order_by(OutboxMessage.due_at)
        )
    assert later - now > timedelta(hours=23)
    assert JobRunner(shop).run_open(FORGET) == 2

    assert peer.list_texts() == [f"of {other}", "$5"]
    assert [note["content"]["text"] for note in peer.notes] == [f"note of {other}"]


def test_a_turn_whose_account_is_deleted_before_its_job_runs_is_not_written(
    shop: Runtime, admin: UUID, peer: AgentCorePeer
) -> None:
    answer_question(shop, admin, start_session(shop, admin), "revenue?", "$5")
    delete(shop, admin)

    JobRunner(shop)(RECORD)

    assert "CreateEvent" not in peer.calls
    assert list_open_jobs(shop) == [FORGET, FORGET]


def test_a_turn_whose_account_is_deleted_while_it_is_written_does_not_stay(
    shop: Runtime, admin: UUID, peer: AgentCorePeer
) -> None:
    answer_question(shop, admin, start_session(shop, admin), "revenue?", "$5")

    def delete_first(operation: str) -> None:
        if operation == "CreateEvent":
            delete(shop, admin)
            JobRunner(shop)(FORGET)

    peer.before_call = delete_first
    JobRunner(shop)(RECORD)

    assert "CreateEvent" in peer.calls
    assert peer.events == []


def test_a_turn_of_another_account_is_not_found(shop: Runtime, admin: UUID) -> None:
    session_id = start_session(shop, admin)
    answer_question(shop, admin, session_id, "revenue?", "$5")
    with shop.db.unit_of_work() as session:
        [message] = session.scalars(select(OutboxMessage))
        answer_id = UUID(message.arguments["answer_id"])
        for owner, conversation in ((uuid4(), session_id), (admin, uuid4())):
            assert (
                agent_memory.find_turn(
                    session,
                    owner_id=owner,
                    session_id=conversation,
                    answer_id=answer_id,
                )
                is None
            )
