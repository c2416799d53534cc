"""Rate limits, counted in a real Valkey and in memory."""

import signal
from collections.abc import Iterator

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.support.valkey import (
    empty_server,
    is_ready,
    private_valkey,
    run_valkey,
)
from tests.support.waiting import eventually
from webapp.adapters.rate_limits.build import build_rate_limiter
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.adapters.rate_limits.port import RateLimit
from webapp.config import Settings
from webapp.kit.circuit_breaker import CircuitBreaker
from webapp.kit.errors import TooManyRequests
from webapp.kit.valkey import RETRY_AFTER_S

THREE = RateLimit("things tried", 3, 600)
ADA = "ada@example.com"


class SteppedClock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture(params=["valkey", "memory"])
def limiter(request: pytest.FixtureRequest, valkey: str) -> Iterator[ValkeyRateLimiter]:
    if request.param == "memory":
        yield ValkeyRateLimiter("memory://")
        return
    with Redis.from_url(valkey) as redis:
        redis.flushall()
    yield ValkeyRateLimiter(valkey)


def use_up(limiter: ValkeyRateLimiter, identifier: str = ADA) -> None:
    for _ in range(THREE.max_hits):
        limiter.hit(THREE, identifier)


def test_more_than_the_limit_is_rejected_with_a_time_to_retry_after(
    limiter: ValkeyRateLimiter,
) -> None:
    use_up(limiter)

    with pytest.raises(TooManyRequests) as error:
        limiter.hit(THREE, ADA)

    assert 590 <= error.value.retry_after <= 600


def test_other_identifiers_and_limits_are_counted_separately(
    limiter: ValkeyRateLimiter,
) -> None:
    use_up(limiter)

    limiter.hit(THREE, "bob@example.com")
    limiter.hit(RateLimit("other things", 3, 600), ADA)


def test_after_a_reset_the_count_starts_again(limiter: ValkeyRateLimiter) -> None:
    use_up(limiter)

    limiter.reset(THREE, ADA)

    use_up(limiter)


def test_every_process_sees_the_same_count_and_no_key_contains_the_identifier(
    valkey: str,
) -> None:
    use_up(ValkeyRateLimiter(valkey, pepper=b"secret"), "eve@example.com")

    with pytest.raises(TooManyRequests):
        ValkeyRateLimiter(valkey, pepper=b"secret").hit(THREE, "eve@example.com")

    with Redis.from_url(valkey) as redis:
        keys = [key.decode() for key in redis.scan_iter()]
    assert keys
    assert not any("eve" in key for key in keys)


def test_a_restart_of_valkey_resets_nothing() -> None:
    with empty_server() as server:
        limiter = ValkeyRateLimiter(server.url)
        with run_valkey(server):
            use_up(limiter)

        with run_valkey(server), pytest.raises(TooManyRequests):
            limiter.hit(THREE, ADA)


def test_while_valkey_is_unavailable_each_process_counts_and_says_so_once() -> None:
    with empty_server() as server, capture_logs() as logs:
        limiter = ValkeyRateLimiter(server.url)
        use_up(limiter)
        with pytest.raises(TooManyRequests):
            limiter.hit(THREE, ADA)
        limiter.reset(THREE, ADA)
        use_up(limiter)

    [entry] = logs
    assert entry["event"].startswith("rate limits are counted in each process")
    assert entry["log_level"] == "warning"
    assert ADA not in str(entry)


def test_a_stalled_valkey_is_asked_once_and_limits_hold(clock: SteppedClock) -> None:
    """A stopped process accepts connections and never answers: each call would time out."""
    with empty_server() as server, run_valkey(server) as process:
        limiter = ValkeyRateLimiter(server.url, monotonic_clock=clock)
        limiter.hit(THREE, "bob@example.com")
        process.send_signal(signal.SIGSTOP)
        try:
            with capture_logs() as logs:
                use_up(limiter)
                for _ in range(100):
                    with pytest.raises(TooManyRequests):
                        limiter.hit(THREE, ADA)
            assert len(logs) == 1, "one request waited for Valkey"
            clock.now += RETRY_AFTER_S
            with capture_logs() as logs, pytest.raises(TooManyRequests):
                limiter.hit(THREE, ADA)
            assert len(logs) == 1, "one more tried whether it is back"
        finally:
            process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("ending", [signal.SIGSTOP, signal.SIGKILL])
def test_counts_in_valkey_go_on_when_it_returns(
    clock: SteppedClock, ending: signal.Signals
) -> None:
    with empty_server() as server:
        limiter = ValkeyRateLimiter(server.url, monotonic_clock=clock)
        with run_valkey(server) as process:
            use_up(limiter)
            with Redis.from_url(server.url) as redis:
                redis.execute_command("WAITAOF", 1, 0, 5000)
            process.send_signal(ending)
            limiter.hit(THREE, ADA)
            process.send_signal(signal.SIGCONT)
            if ending is signal.SIGSTOP:
                eventually(lambda: is_ready(server.url))
                clock.now += RETRY_AFTER_S
                with pytest.raises(TooManyRequests):
                    limiter.hit(THREE, ADA)

        with run_valkey(server):
            clock.now += RETRY_AFTER_S
            with pytest.raises(TooManyRequests):
                limiter.hit(THREE, ADA)


def test_while_one_thread_tries_a_stalled_server_the_others_do_not(
    clock: SteppedClock,
) -> None:
    breaker = CircuitBreaker(retry_after_s=5, monotonic_clock=clock)
    assert breaker.permits_call()
    breaker.record_failure()
    assert not breaker.permits_call()

    clock.now += 5

    assert [breaker.permits_call() for _ in range(3)] == [True, False, False]
    breaker.record_success()
    assert breaker.permits_call()


def test_counts_are_in_valkey_where_there_is_one(
    settings: Settings, valkey: str
) -> None:
    shared = settings.model_copy(update={"redis_url": valkey})
    use_up(build_rate_limiter(shared), "zoe@example.com")  # type: ignore[arg-type]

    with pytest.raises(TooManyRequests):
        build_rate_limiter(shared).hit(THREE, "zoe@example.com")
    build_rate_limiter(settings).hit(THREE, "zoe@example.com")
