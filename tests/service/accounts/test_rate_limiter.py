"""Rate limits, counted in a real Valkey and in memory."""

from collections.abc import Iterator

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.support.valkey import empty_server, private_valkey, run_valkey
from webapp.adapters.rate_limits.build import build_rate_limiter
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.adapters.rate_limits.port import RateLimit
from webapp.config import Settings
from webapp.kit.errors import TooManyRequests

THREE = RateLimit("things tried", 3, 600)
ADA = "ada@example.com"


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


def test_while_valkey_is_unavailable_everything_is_allowed_and_logged() -> None:
    with empty_server() as server, capture_logs() as logs:
        limiter = ValkeyRateLimiter(server.url)
        use_up(limiter)
        limiter.hit(THREE, ADA)
        limiter.reset(THREE, ADA)

    assert {entry["event"] for entry in logs} == {
        "rate limits are not counted: Valkey is unavailable"
    }
    assert {entry["log_level"] for entry in logs} == {"warning"}
    assert not any(ADA in str(entry) for entry in logs)


def test_counts_are_in_valkey_where_there_is_one(
    settings: Settings, valkey: str
) -> None:
    shared = settings.model_copy(update={"redis_url": valkey})
    use_up(build_rate_limiter(shared), "zoe@example.com")  # type: ignore[arg-type]

    with pytest.raises(TooManyRequests):
        build_rate_limiter(shared).hit(THREE, "zoe@example.com")
    build_rate_limiter(settings).hit(THREE, "zoe@example.com")
