"""Buffered events, in a real Valkey and in memory."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.support.valkey import empty_server, private_valkey, run_valkey
from webapp.adapters.event_buffers.build import MAX_EVENTS, build_event_buffer
from webapp.adapters.event_buffers.memory import MemoryEventBuffer
from webapp.adapters.event_buffers.port import BufferUnavailable, EventBuffer
from webapp.adapters.event_buffers.valkey import ValkeyEventBuffer
from webapp.config import Settings

MAX = 5


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture(params=["valkey", "memory"])
def buffer(request: pytest.FixtureRequest, valkey: str) -> EventBuffer:
    if request.param == "memory":
        return MemoryEventBuffer(max_events=MAX)
    with Redis.from_url(valkey) as redis:
        redis.flushdb()
    return ValkeyEventBuffer(valkey, name="test", max_events=MAX)


def read_values(buffer: EventBuffer, limit: int = 10) -> list[object]:
    return [event.values for event in buffer.read_events(limit=limit)]


def test_events_stay_in_their_order_until_they_are_deleted(buffer: EventBuffer) -> None:
    for text in ("a", "é", "c"):
        buffer.append_event({"text": text})

    first = buffer.read_events(limit=2)

    assert [event.values for event in first] == [{"text": "a"}, {"text": "é"}]
    assert buffer.read_events(limit=2) == first
    buffer.delete_events([event.key for event in first])
    buffer.delete_events([event.key for event in first])
    buffer.delete_events([])
    assert read_values(buffer) == [{"text": "c"}]


def test_what_a_full_buffer_drops_is_counted_once(buffer: EventBuffer) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: buffer.append_event({"n": n}), range(MAX + 3)))

    assert len(read_values(buffer)) == MAX
    assert buffer.take_dropped_count() == 3
    assert buffer.take_dropped_count() == 0
    buffer.delete_events([buffer.read_events(limit=1)[0].key])
    buffer.append_event({"n": "last"})
    assert read_values(buffer)[-1] == {"n": "last"}


def test_all_processes_share_the_events_of_one_valkey(
    settings: Settings, valkey: str
) -> None:
    shared = settings.model_copy(update={"redis_url": valkey})
    build_event_buffer(shared, name="shared").append_event({"n": 1})

    assert read_values(build_event_buffer(shared, name="shared")) == [{"n": 1}]
    assert read_values(build_event_buffer(shared, name="other")) == []
    assert MAX_EVENTS == 50_000


def test_nobody_waits_for_a_valkey_that_stalls_and_what_is_lost_is_counted() -> None:
    with empty_server() as server, run_valkey(server) as process:
        now = 0.0
        buffer = ValkeyEventBuffer(
            server.url, name="x", max_events=MAX, monotonic_clock=lambda: now
        )
        process.send_signal(signal.SIGSTOP)
        try:
            with capture_logs() as logs:
                for n in range(100):
                    buffer.append_event({"n": n})
            assert len(logs) == 1, "one request waited for Valkey"
            with pytest.raises(BufferUnavailable):
                buffer.read_events(limit=1)
        finally:
            process.send_signal(signal.SIGCONT)
        now = 60.0
        buffer.append_event({"n": "last"})

        assert read_values(buffer)[-1] == {"n": "last"}
        assert buffer.take_dropped_count() >= 99
