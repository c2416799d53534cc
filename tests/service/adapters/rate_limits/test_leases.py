"""What several processes hold at once, counted in a real Valkey."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.support.valkey import empty_server, private_valkey, run_valkey
from tests.support.waiting import eventually
from webapp.adapters.rate_limits.leases import LeasedConcurrencyLimiter
from webapp.adapters.rate_limits.port import ConcurrencyLimit
from webapp.config import PROJECT_ROOT
from webapp.kit.errors import TooManyRequests

TWO = ConcurrencyLimit("things", 2)
ADA, BOB = "ada", "bob"
LEASE_S = 0.6

# Another process, which holds one until it is killed.
HOLDER = f"""
import sys, time
from webapp.adapters.rate_limits.leases import LeasedConcurrencyLimiter
from webapp.adapters.rate_limits.port import ConcurrencyLimit
limiter = LeasedConcurrencyLimiter(sys.argv[1], lease_s={LEASE_S})
with limiter.hold(ConcurrencyLimit("things", 2), "ada"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture(autouse=True)
def nothing_is_held(valkey: str) -> None:
    with Redis.from_url(valkey) as redis:
        redis.flushall()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@contextmanager
def other_process(url: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, url],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def has_room(limiter: LeasedConcurrencyLimiter, identifier: str = ADA) -> bool:
    try:
        with limiter.hold(TWO, identifier):
            return True
    except TooManyRequests:
        return False


@pytest.mark.parametrize("is_shared", [True, False])
def test_no_more_than_the_limit_are_held_at_once(
    valkey: str, stack: ExitStack, *, is_shared: bool
) -> None:
    limiter = LeasedConcurrencyLimiter(valkey if is_shared else None)
    stack.enter_context(limiter.hold(TWO, ADA))

    with limiter.hold(TWO, ADA):
        with pytest.raises(TooManyRequests) as error, limiter.hold(TWO, ADA):
            pass
        assert has_room(limiter, BOB)

    assert error.value.retry_after == 60
    assert has_room(limiter)


def test_all_processes_share_one_count_and_no_key_contains_the_identifier(
    valkey: str, stack: ExitStack
) -> None:
    first, second = (LeasedConcurrencyLimiter(valkey, pepper=b"p") for _ in range(2))
    stack.enter_context(first.hold(TWO, ADA))
    released = stack.enter_context(ExitStack())
    released.enter_context(second.hold(TWO, ADA))

    assert not has_room(first)
    assert not has_room(second)
    with Redis.from_url(valkey) as redis:
        [key] = redis.scan_iter()
    assert ADA.encode() not in key
    released.close()
    assert has_room(first)


@pytest.mark.slow
def test_what_a_living_process_holds_outlasts_the_lease_and_a_killed_one_frees_it(
    valkey: str, stack: ExitStack
) -> None:
    limiter = LeasedConcurrencyLimiter(valkey, lease_s=LEASE_S)
    stack.enter_context(limiter.hold(TWO, ADA))
    with other_process(valkey) as process:
        with Redis.from_url(valkey) as redis:
            [key] = redis.scan_iter()
            before = redis.zrange(key, 0, -1, withscores=True)
            eventually(
                lambda: all(
                    redis.zscore(key, lease) > score + 1000 * LEASE_S
                    for lease, score in before
                )
            )
        assert not has_room(limiter)

        process.send_signal(signal.SIGKILL)

        eventually(lambda: has_room(limiter))


def test_what_valkey_has_lost_comes_back_with_the_next_renewal(
    valkey: str, stack: ExitStack
) -> None:
    first, second = LeasedConcurrencyLimiter(valkey), LeasedConcurrencyLimiter(valkey)
    for _ in range(2):
        stack.enter_context(first.hold(TWO, ADA))
    with Redis.from_url(valkey) as redis:
        redis.flushall()
    assert has_room(second)

    first.renew_leases()

    assert not has_room(second)


def test_a_renewal_brings_back_nothing_that_was_released(valkey: str) -> None:
    limiter = LeasedConcurrencyLimiter(valkey)
    with limiter.hold(TWO, ADA):
        pass

    limiter.renew_leases()

    with Redis.from_url(valkey) as redis:
        assert list(redis.scan_iter()) == []


@pytest.mark.slow  # the client waits before it tries again
def test_while_valkey_is_away_each_process_counts_and_nothing_is_forgotten(
    stack: ExitStack,
) -> None:
    with empty_server() as server:
        limiter = LeasedConcurrencyLimiter(server.url, lease_s=LEASE_S)
        for _ in range(2):
            stack.enter_context(limiter.hold(TWO, ADA))
        assert not has_room(limiter)

        with run_valkey(server):
            other = LeasedConcurrencyLimiter(server.url)
            eventually(lambda: not has_room(other), within=20)


def test_a_stalled_valkey_is_waited_for_once(stack: ExitStack) -> None:
    """A stopped process accepts connections and never answers: each call would time out."""
    with empty_server() as server, run_valkey(server) as process:
        limiter = LeasedConcurrencyLimiter(server.url)
        stack.enter_context(limiter.hold(TWO, BOB))
        process.send_signal(signal.SIGSTOP)
        try:
            with capture_logs() as logs, ExitStack() as held:
                for _ in range(2):
                    held.enter_context(limiter.hold(TWO, ADA))
                assert not any(has_room(limiter) for _ in range(100))
                held.close()
                assert has_room(limiter)
            assert len(logs) == 1, "one of them waited for Valkey"
        finally:
            process.send_signal(signal.SIGCONT)
