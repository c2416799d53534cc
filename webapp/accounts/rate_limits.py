"""Rate limits of sign-in, codes and public endpoints.

Attempts are counted by the address that was typed, whether or not an account has it, so that
a rejection reveals nothing. They are counted before anything is looked up, so that concurrent
attempts count like sequential ones.
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
    """Count the block as one attempt; reset the count when the block succeeds.

    `identifier` is an e-mail address, or an account's id. Raises `TooManyRequests`.
    """
    limiter.hit(limit, normalize_email(identifier))
    yield
    limiter.reset(limit, normalize_email(identifier))


def reset_password_attempts(limiter: RateLimiter, *, email: str) -> None:
    """Unlock the address: its owner, who reads its mail, need not wait out others' guesses."""
    limiter.reset(PASSWORD_ATTEMPT_LIMIT, normalize_email(email))


def limit_code_requests(
    limiter: RateLimiter, purpose: CodePurpose, *, email: str
) -> None:
    """Count one code sent to the address. Raises `TooManyRequests`."""
    limiter.hit(CODE_REQUEST_LIMITS[purpose], normalize_email(email))


def limit_requests(
    limiter: RateLimiter, *, endpoint: str, address: str | None, per_minute: int
) -> None:
    """Count one request of one client to one endpoint. Raises `TooManyRequests`."""
    limiter.hit(
        RateLimit(f"calls of {endpoint}", per_minute, 60), _client_network(address)
    )


def _client_network(address: str | None) -> str:
    """The address or, for IPv6, the /64 network: a client there has 2⁶⁴ addresses."""
    try:
        parsed = ip_address(address or "")
    except ValueError:  # a Unix socket
        return address or ""
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
