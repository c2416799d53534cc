"""How often what may be tried, by whom.

Counts belong to the address that was typed, whether there is an account with it or not:
what is refused must not tell. They are taken before anything is looked up, so that many
attempts at once count like as many one after the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from webapp.accounts.codes import CodePurpose
from webapp.accounts.service import normalize_email
from webapp.adapters.rate_limits.port import RateLimit, RateLimiter

QUARTER_HOUR, HOUR = 15 * 60, 60 * 60
PASSWORD_ATTEMPT_LIMIT = RateLimit("passwords tried", 10, QUARTER_HOUR)
CODE_ATTEMPT_LIMITS = {
    purpose: RateLimit(f"codes tried to {purpose}", 10, QUARTER_HOUR)
    for purpose in CodePurpose
}
CODE_REQUEST_LIMITS = {
    purpose: RateLimit(f"codes asked to {purpose}", 5, HOUR) for purpose in CodePurpose
}


@contextmanager
def limit_attempts(
    limiter: RateLimiter, limit: RateLimit, *, identifier: str
) -> Iterator[None]:
    """One try inside; it counts, and what was counted is forgiven when it succeeds.

    `who` is an e-mail address, or an account's id. Raises `TooMany`.
    """
    limiter.hit(limit, normalize_email(identifier))
    yield
    limiter.reset(limit, normalize_email(identifier))


def reset_password_attempts(limiter: RateLimiter, *, email: str) -> None:
    """Whoever reads the mail of the address need not wait for those who guessed."""
    limiter.reset(PASSWORD_ATTEMPT_LIMIT, normalize_email(email))


def limit_code_requests(
    limiter: RateLimiter, purpose: CodePurpose, *, email: str
) -> None:
    """Raises `TooMany`."""
    limiter.hit(CODE_REQUEST_LIMITS[purpose], normalize_email(email))


def limit_requests(
    limiter: RateLimiter, *, endpoint: str, address: str | None, per_minute: int
) -> None:
    """Of one client, at one endpoint. Raises `TooMany`."""
    limiter.hit(RateLimit(f"calls of {endpoint}", per_minute, 60), network_of(address))


def network_of(address: str | None) -> str:
    """Whom to count: an IPv6 client is given 2⁶⁴ addresses to call from."""
    try:
        found = ip_address(address or "")
    except ValueError:  # a Unix socket
        return address or ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)
