"""Values that are read once, in a real Valkey and in memory."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.support.valkey import empty_server, private_valkey, run_valkey
from webapp.adapters.one_time_values.build import build_one_time_values
from webapp.adapters.one_time_values.memory import MemoryOneTimeValues
from webapp.adapters.one_time_values.port import OneTimeValues, ValueStoreUnavailable
from webapp.adapters.one_time_values.valkey import PREFIX, ValkeyOneTimeValues
from webapp.config import Settings


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture(params=["valkey", "memory"])
def values(request: pytest.FixtureRequest, valkey: str) -> OneTimeValues:
    if request.param == "memory":
        return MemoryOneTimeValues()
    return ValkeyOneTimeValues(valkey)


def test_a_value_is_read_once_also_by_many_at_once(values: OneTimeValues) -> None:
    values.put("a", "é", lifetime_s=60)
    values.put("b", "other", lifetime_s=60)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: values.take("a"), range(8)))

    assert sorted(taken, key=str) == [*[None] * 7, "é"]
    assert values.take("b") == "other"
    assert values.take("never put") is None


def test_a_value_expires(valkey: str) -> None:
    now = 0.0
    in_memory = MemoryOneTimeValues(monotonic_clock=lambda: now)
    in_memory.put("a", "value", lifetime_s=30)
    now = 30.0
    assert in_memory.take("a") is None

    ValkeyOneTimeValues(valkey).put("a", "value", lifetime_s=30)
    with Redis.from_url(valkey) as redis:
        assert 0 < redis.ttl(f"{PREFIX}:a") <= 30


def test_all_processes_share_the_values_of_one_valkey(
    settings: Settings, valkey: str
) -> None:
    shared = settings.model_copy(update={"redis_url": valkey})
    build_one_time_values(shared).put("shared", "value", lifetime_s=60)

    assert build_one_time_values(shared).take("shared") == "value"


def test_a_stalled_valkey_is_waited_for_once_and_one_that_is_gone_is_an_error() -> None:
    with empty_server() as server:
        with run_valkey(server) as process:
            values = ValkeyOneTimeValues(server.url)
            values.put("a", "value", lifetime_s=60)
            process.send_signal(signal.SIGSTOP)
            try:
                with capture_logs() as logs:
                    for _ in range(100):
                        with pytest.raises(ValueStoreUnavailable):
                            values.take("a")
                assert len(logs) == 1, "one request waited for Valkey"
            finally:
                process.send_signal(signal.SIGCONT)
        with pytest.raises(ValueStoreUnavailable):
            ValkeyOneTimeValues(server.url).put("a", "value", lifetime_s=60)
