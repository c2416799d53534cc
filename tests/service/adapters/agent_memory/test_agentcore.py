"""Turns and notes in AgentCore, by the real client against a peer over HTTP."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import UUID, uuid4

import pytest
from moto.backends import get_backend

from tests.support.agentcore import AgentCorePeer, hang_calls, reject_calls
from tests.support.cognito import moto_server
from webapp.adapters.agent_memory.agentcore import MAX_PAYLOAD_CHARS, AgentCoreMemory
from webapp.adapters.agent_memory.port import (
    RECALL_TIMEOUT_S,
    AgentMemoryUnavailable,
    MemoryTurn,
)

ADA, BOB = uuid4(), uuid4()
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def build_turn(
    question: str = "revenue?",
    answer: str = "It was $5.",
    *,
    actor: UUID = ADA,
    session: UUID | None = None,
    minute: int = 0,
) -> MemoryTurn:
    return MemoryTurn(
        turn_id=uuid4(),
        actor_id=actor,
        session_id=session or uuid4(),
        question=question,
        answer=answer,
        asked_at=NOON + timedelta(minutes=minute),
    )


def test_a_turn_is_one_event_of_its_session_with_both_texts(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    turn = build_turn("Umsatz im März? 🛒", "€5")

    memory.record_turn(turn)

    [event] = peer.events
    assert (event.actor_id, event.session_id) == (str(ADA), str(turn.session_id))
    assert event.body["eventTimestamp"] == NOON
    assert [part["conversational"] for part in event.body["payload"]] == [
        {"role": "USER", "content": {"text": "Umsatz im März? 🛒"}},
        {"role": "ASSISTANT", "content": {"text": "€5"}},
    ]


def test_a_turn_that_is_recorded_twice_is_kept_once(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    turn = build_turn()

    for _ in range(2):
        memory.record_turn(turn)
    memory.record_turn(replace(turn, turn_id=uuid4()))

    assert peer.calls == ["CreateEvent"] * 3
    assert len(peer.events) == 2


def test_a_text_that_is_longer_than_one_part_is_kept_whole(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    answer = "x" * MAX_PAYLOAD_CHARS + "y"

    memory.record_turn(build_turn("q", answer))

    assert peer.list_texts() == ["q", "x" * MAX_PAYLOAD_CHARS, "y"]


@pytest.mark.slow
def test_moto_which_others_wrote_takes_and_deletes_events_as_well(
    monkeypatch: pytest.MonkeyPatch, memory_id: str
) -> None:
    with moto_server() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        memory = AgentCoreMemory(memory_id, region="eu-central-1")
        turn = build_turn("of moto")
        memory.record_turn(turn)
        [events] = get_backend("bedrock-agentcore")["123456789012"][
            "eu-central-1"
        ].events.values()
        [event] = events.values()
        assert event.payload[0]["conversational"]["content"]["text"] == "of moto"

        memory.forget_session(actor_id=ADA, session_id=turn.session_id)

        assert events == {}


def test_notes_of_one_person_are_recalled_the_nearest_first(
    peer: AgentCorePeer, memory: AgentCoreMemory, memory_id: str
) -> None:
    peer.add_note(memory_id, f"/actors/{ADA}/preferences/", "prefers euros")
    peer.add_note(memory_id, f"/actors/{ADA}/sessions/{uuid4()}/", "kitchen in March")
    peer.add_note(memory_id, f"/actors/{BOB}/preferences/", "kitchen of Bob")
    for number in range(9):
        peer.add_note(memory_id, f"/actors/{ADA}/preferences/", f"note {number}")

    notes = memory.recall_notes(actor_id=ADA, query="how is kitchen doing?")

    assert notes[0] == "kitchen in March"
    assert len(notes) == 5
    assert "kitchen of Bob" not in notes
    assert memory.recall_notes(actor_id=uuid4(), query="kitchen") == []


def test_all_of_a_person_is_forgotten_and_nothing_of_others(
    peer: AgentCorePeer, memory: AgentCoreMemory, memory_id: str
) -> None:
    peer.page_size = 2
    session = uuid4()
    for number in range(5):
        memory.record_turn(build_turn(f"q{number}", session=session, minute=number))
        memory.record_turn(build_turn(f"other {number}"))
        peer.add_note(memory_id, f"/actors/{ADA}/preferences/", f"note {number}")
    memory.record_turn(build_turn("of Bob", "kept", actor=BOB))
    peer.add_note(memory_id, f"/actors/{BOB}/preferences/", "note of Bob")

    memory.forget_actor(actor_id=ADA)

    assert peer.list_texts() == ["of Bob", "kept"]
    assert [note["content"]["text"] for note in peer.notes] == ["note of Bob"]
    memory.forget_actor(actor_id=ADA)  # a repetition finds nothing


def test_one_session_is_forgotten(peer: AgentCorePeer, memory: AgentCoreMemory) -> None:
    turn = build_turn("first")
    memory.record_turn(turn)
    memory.record_turn(build_turn("second", "kept"))

    memory.forget_session(actor_id=ADA, session_id=turn.session_id)
    memory.forget_session(actor_id=ADA, session_id=uuid4())

    assert peer.list_texts() == ["second", "kept"]


def test_an_event_that_another_attempt_deletes_meanwhile_is_no_error(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    turn = build_turn()
    memory.record_turn(turn)
    peer.before_call = reject_calls("ResourceNotFoundException", only="DeleteEvent")

    memory.forget_actor(actor_id=ADA)

    assert peer.calls[-1] == "ListMemoryRecords"


def test_records_that_are_not_deleted_fail_the_call(
    peer: AgentCorePeer, memory: AgentCoreMemory, memory_id: str
) -> None:
    peer.add_note(memory_id, f"/actors/{ADA}/preferences/", "note")

    def delete_first(operation: str) -> None:
        if operation == "BatchDeleteMemoryRecords":
            peer.notes.clear()

    peer.before_call = delete_first

    with pytest.raises(AgentMemoryUnavailable, match="did not delete 1 records"):
        memory.forget_actor(actor_id=ADA)


def test_a_memory_that_is_gone_has_nothing_to_forget_but_takes_no_turn(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    peer.memories.clear()

    memory.forget_actor(actor_id=ADA)
    with pytest.raises(AgentMemoryUnavailable, match="check AGENT_MEMORY"):
        memory.record_turn(build_turn())
    with pytest.raises(AgentMemoryUnavailable, match="check AGENT_MEMORY"):
        memory.check()


def test_throttled_calls_are_repeated_for_turns_and_not_for_notes(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    peer.before_call = reject_calls("ThrottledException", times=1)
    memory.record_turn(build_turn())
    assert peer.calls == ["CreateEvent"] * 2
    assert len(peer.events) == 1

    peer.calls.clear()
    peer.before_call = reject_calls("ThrottledException", times=1)
    with pytest.raises(AgentMemoryUnavailable, match="try again in a moment"):
        memory.recall_notes(actor_id=ADA, query="kitchen")
    assert peer.calls == ["RetrieveMemoryRecords"]


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "allow this action to the AWS identity"),
        ("UnrecognizedClientException", "AWS does not know them"),
        ("ExpiredTokenException", "sign in to AWS again"),
        ("ServiceQuotaExceededException", "raise the quota"),
    ],
)
def test_a_rejected_call_names_the_cause_and_the_remedy(
    peer: AgentCorePeer, memory: AgentCoreMemory, code: str, remedy: str
) -> None:
    peer.before_call = reject_calls(code)

    with pytest.raises(AgentMemoryUnavailable, match=remedy) as error:
        memory.record_turn(build_turn())

    assert f"refused CreateEvent ({code})" in error.value.message


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Bad gateway</html>",
        b"",
        b"[]",
        b"7",
        b'{"memoryRecordSummaries": 7, "event": [], "actorSummaries": {}}',
        b'{"memoryRecordSummaries": [{"content": {}}], "event": {}, "events": "x"}',
        b'{"memoryRecordSummaries": [[]], "sessionSummaries": [{}], "event": null}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_answer_of_agentcore_is_an_error_that_says_so(
    peer: AgentCorePeer, memory: AgentCoreMemory, content: bytes
) -> None:
    peer.raw_response = content

    with pytest.raises(AgentMemoryUnavailable):
        memory.recall_notes(actor_id=ADA, query="kitchen")
    with pytest.raises(AgentMemoryUnavailable):
        memory.record_turn(build_turn())
    with pytest.raises(AgentMemoryUnavailable):
        memory.forget_actor(actor_id=ADA)


def test_nobody_at_the_address_is_an_error_that_names_the_network(
    monkeypatch: pytest.MonkeyPatch, memory_id: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    away = AgentCoreMemory(memory_id, region="eu-central-1")

    with pytest.raises(AgentMemoryUnavailable, match="check the region"):
        away.recall_notes(actor_id=ADA, query="kitchen")


@pytest.mark.usefixtures("no_credentials")
def test_without_credentials_the_error_says_where_they_go(memory_id: str) -> None:
    anonymous = AgentCoreMemory(memory_id, region="eu-central-1")

    with pytest.raises(AgentMemoryUnavailable, match="AWS_SECRET_ACCESS_KEY"):
        anonymous.record_turn(build_turn())


@pytest.mark.slow
def test_a_memory_that_does_not_answer_is_given_up(
    peer: AgentCorePeer, memory: AgentCoreMemory
) -> None:
    peer.before_call = hang_calls(peer)

    with pytest.raises(AgentMemoryUnavailable, match="does not answer"):
        memory.recall_notes(actor_id=ADA, query="kitchen")

    assert peer.calls == ["RetrieveMemoryRecords"]
    assert RECALL_TIMEOUT_S == 2.0


@contextmanager
def answer_in_part(server: socket.socket) -> Iterator[None]:
    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")

    thread = Thread(target=serve)
    thread.start()
    yield
    thread.join()


def test_an_answer_that_is_cut_off_is_an_error(
    monkeypatch: pytest.MonkeyPatch, memory_id: str
) -> None:
    del memory_id
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv(
            "AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}"
        )
        memory = AgentCoreMemory("shop-0123456789", region="eu-central-1")
        with answer_in_part(server), pytest.raises(AgentMemoryUnavailable):
            memory.recall_notes(actor_id=ADA, query="kitchen")
