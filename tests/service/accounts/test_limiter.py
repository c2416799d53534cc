"""Limits as they are counted in a real Valkey."""

from collections.abc import Iterator

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.support.valkey import empty_server, private_valkey, running
from webapp.adapters.rate_limits.build import open_limiter
from webapp.adapters.rate_limits.moving_window import StoredLimiter
from webapp.adapters.rate_limits.port import Limit
from webapp.config import Settings
from webapp.kit.errors import TooMany

THREE = Limit("things tried", 3, 600)
ADA = "ada@example.com"


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture(params=["valkey", "memory"])
def limiter(request: pytest.FixtureRequest, valkey: str) -> Iterator[StoredLimiter]:
    if request.param == "memory":
        yield StoredLimiter("memory://")
        return
    with Redis.from_url(valkey) as redis:
        redis.flushall()
    yield StoredLimiter(valkey)


def use_up(limiter: StoredLimiter, who: str = ADA) -> None:
    for _ in range(THREE.times):
        limiter.hit(THREE, who)


def test_more_than_the_limit_is_refused_and_told_when_to_come_back(
    limiter: StoredLimiter,
) -> None:
    use_up(limiter)

    with pytest.raises(TooMany) as refusal:
        limiter.hit(THREE, ADA)

    assert 590 <= refusal.value.retry_after <= 600


def test_others_and_other_things_are_counted_apart(limiter: StoredLimiter) -> None:
    use_up(limiter)

    limiter.hit(THREE, "bob@example.com")
    limiter.hit(Limit("other things", 3, 600), ADA)


def test_what_is_forgiven_is_not_counted_any_more(limiter: StoredLimiter) -> None:
    use_up(limiter)

    limiter.forgive(THREE, ADA)

    use_up(limiter)


def test_every_process_sees_the_same_count_and_no_key_tells_who(valkey: str) -> None:
    use_up(StoredLimiter(valkey, pepper=b"secret"), "eve@example.com")

    with pytest.raises(TooMany):
        StoredLimiter(valkey, pepper=b"secret").hit(THREE, "eve@example.com")

    with Redis.from_url(valkey) as redis:
        keys = [key.decode() for key in redis.scan_iter()]
    assert keys
    assert not any("eve" in key for key in keys)


def test_a_restart_of_valkey_forgets_nothing() -> None:
    with empty_server() as server:
        limiter = StoredLimiter(server.url)
        with running(server):
            use_up(limiter)

        with running(server), pytest.raises(TooMany):
            limiter.hit(THREE, ADA)


def test_while_valkey_is_away_all_is_let_through_and_the_log_says_so() -> None:
    with empty_server() as server, capture_logs() as logs:
        limiter = StoredLimiter(server.url)
        use_up(limiter)
        limiter.hit(THREE, ADA)
        limiter.forgive(THREE, ADA)

    assert {entry["event"] for entry in logs} == {
        "limits are not counted: Valkey is away"
    }
    assert {entry["log_level"] for entry in logs} == {"warning"}
    assert not any(ADA in str(entry) for entry in logs)


def test_counts_are_in_valkey_where_there_is_one(
    settings: Settings, valkey: str
) -> None:
    shared = settings.model_copy(update={"redis_url": valkey})
    use_up(open_limiter(shared), "zoe@example.com")  # type: ignore[arg-type]

    with pytest.raises(TooMany):
        open_limiter(shared).hit(THREE, "zoe@example.com")
    open_limiter(settings).hit(THREE, "zoe@example.com")
