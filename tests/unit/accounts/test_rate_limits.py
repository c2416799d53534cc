"""Which requests count as those of one client, and for how long attempts count."""

import pytest

from webapp.accounts.codes import CodePurpose
from webapp.accounts.rate_limits import (
    CODE_ATTEMPT_LIMIT,
    CODE_REQUEST_LIMITS,
    PASSWORD_ATTEMPT_LIMIT,
    TOTAL_CODE_ATTEMPT_LIMIT,
    TOTAL_PASSWORD_ATTEMPT_LIMIT,
    limit_requests,
)
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.adapters.rate_limits.port import RateLimit
from webapp.kit.errors import TooManyRequests


@pytest.fixture
def limiter() -> ValkeyRateLimiter:
    return ValkeyRateLimiter("memory://")


def call_once_a_minute(
    limiter: ValkeyRateLimiter, address: str | None, *, endpoint: str = "login"
) -> None:
    limit_requests(limiter, endpoint=endpoint, address=address, per_minute=1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff"),
        ("192.0.2.1:4711", "192.0.2.1:4712"),
        ("[2001:db8::1]:4711", "2001:db8::2"),
        ("unix:/run/shop.sock", "unix:/run/shop.sock"),
        (None, ""),
    ],
)
def test_addresses_of_one_client_share_a_limit(
    limiter: ValkeyRateLimiter, first: str | None, second: str | None
) -> None:
    call_once_a_minute(limiter, first)

    with pytest.raises(TooManyRequests) as error:
        call_once_a_minute(limiter, second)

    assert 50 <= error.value.retry_after <= 60


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("unix:/run/shop.sock", "unix:/run/other.sock"),
    ],
)
def test_addresses_of_different_clients_have_limits_of_their_own(
    limiter: ValkeyRateLimiter, first: str, second: str
) -> None:
    call_once_a_minute(limiter, first)

    call_once_a_minute(limiter, second)


def test_endpoints_have_limits_of_their_own(limiter: ValkeyRateLimiter) -> None:
    call_once_a_minute(limiter, "192.0.2.1", endpoint="login")

    call_once_a_minute(limiter, "192.0.2.1", endpoint="refresh")


@pytest.mark.parametrize(
    ("limit", "attempts", "minutes"),
    [
        (PASSWORD_ATTEMPT_LIMIT, 10, 15),
        (TOTAL_PASSWORD_ATTEMPT_LIMIT, 100, 15),
        (CODE_ATTEMPT_LIMIT, 10, 15),
        (TOTAL_CODE_ATTEMPT_LIMIT, 20, 60),
        (CODE_REQUEST_LIMITS[CodePurpose.VERIFY_EMAIL], 5, 60),
        (CODE_REQUEST_LIMITS[CodePurpose.RESET_PASSWORD], 5, 60),
    ],
)
def test_an_address_is_locked_out_after_so_many_attempts_for_so_long(
    limiter: ValkeyRateLimiter, limit: RateLimit, attempts: int, minutes: int
) -> None:
    for _ in range(attempts):
        limiter.hit(limit, "ada@example.com")

    with pytest.raises(TooManyRequests) as error:
        limiter.hit(limit, "ada@example.com")

    assert 60 * minutes - 10 <= error.value.retry_after <= 60 * minutes
