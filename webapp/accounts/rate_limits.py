"""Rate limits of sign-in, codes and public endpoints.

Attempts at an account are counted by the address that was typed, whether or not an account has
it, and by the network of the client, so that a stranger uses up their own attempts and not the
owner's. A higher limit counts those of all networks together, against many clients; a known
device and a mailed link are exempt from it, and so always let the owner in.

They are counted before anything is checked, so that concurrent attempts count like sequential
ones.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_network
from uuid import UUID

from webapp.accounts.codes import CodePurpose
from webapp.accounts.second_factor_codes import is_app_code
from webapp.accounts.service import normalize_email
from webapp.adapters.rate_limits.port import RateLimit, RateLimiter
from webapp.kit.network_addresses import parse_client_address

QUARTER_HOUR, HOUR = 15 * 60, 60 * 60
PASSWORD_ATTEMPT_LIMIT = RateLimit("passwords tried", 10, QUARTER_HOUR)
TOTAL_PASSWORD_ATTEMPT_LIMIT = RateLimit("passwords tried in all", 100, QUARTER_HOUR)
# A code has a million values: in all networks together, one is guessed in years.
CODE_ATTEMPT_LIMIT = RateLimit("codes tried", 10, QUARTER_HOUR)
TOTAL_CODE_ATTEMPT_LIMIT = RateLimit("codes tried in all", 20, HOUR)
# Three of a million codes are right at any time: in all networks together, whoever has the
# password guesses one in years.
FACTOR_ATTEMPT_LIMIT = RateLimit("codes of second factors tried", 5, QUARTER_HOUR)
TOTAL_FACTOR_ATTEMPT_LIMIT = RateLimit("codes of second factors tried in all", 10, HOUR)
# Nobody guesses a recovery code, so that trying others' does not keep the owner from theirs.
RECOVERY_ATTEMPT_LIMIT = RateLimit("recovery codes tried", 5, QUARTER_HOUR)
TOTAL_RECOVERY_ATTEMPT_LIMIT = RateLimit("recovery codes tried in all", 100, HOUR)
CODE_REQUEST_LIMITS = {
    purpose: RateLimit(f"mails asked to {purpose}", 5, HOUR) for purpose in CodePurpose
}
# Mails to one address: each has a link or a code that works, whoever asked for it.
TOTAL_CODE_REQUEST_LIMITS = {
    purpose: RateLimit(f"mails asked to {purpose} in all", 15, HOUR)
    for purpose in CodePurpose
}
TOKEN_GUESS_LIMIT = RateLimit("API tokens tried", 30, QUARTER_HOUR)
"""Unknown ones only; a token has 160 random bits, so this spares the database."""
IPV6_NETWORKS: Mapping[int, int] = {64: 1, 48: 4}
"""Bits of a network → how many clients' limits it has. A subscriber has a /64 or more, and a /48
at most; both have countless addresses."""


@contextmanager
def limit_attempts(
    limiter: RateLimiter, limit: RateLimit, *, identifier: str
) -> Iterator[None]:
    """Count the block as one attempt; reset the count when the block succeeds.

    `identifier` is of what only its owner can try: an account's id, a device, a secret.
    Raises `TooManyRequests`.
    """
    limiter.hit(limit, identifier)
    yield
    limiter.reset(limit, identifier)


@contextmanager
def limit_guesses(
    limiter: RateLimiter,
    limit: RateLimit,
    total_limit: RateLimit,
    *,
    email: str,
    address: str | None,
) -> Iterator[None]:
    """Count the block as one attempt of this client at the account with the address, and one of
    all clients; reset both counts when the block succeeds. Raises `TooManyRequests`."""
    _hit_account(limiter, limit, total_limit, email=email, address=address)
    yield
    reset_guesses(limiter, limit, total_limit, email=email, address=address)


def reset_guesses(
    limiter: RateLimiter,
    limit: RateLimit,
    total_limit: RateLimit,
    *,
    email: str,
    address: str | None,
) -> None:
    for each, identifier in _list_counts(limit, total_limit, email, address):
        limiter.reset(each, identifier)


@contextmanager
def limit_passwords(
    limiter: RateLimiter, *, email: str, device_id: UUID | None, address: str | None
) -> Iterator[None]:
    """Count the block as one attempt at a password; reset the counts when it succeeds.

    A known device has a count of its own. Raises `TooManyRequests`.
    """
    if device_id is not None:
        with limit_attempts(limiter, PASSWORD_ATTEMPT_LIMIT, identifier=str(device_id)):
            yield
        return
    with limit_guesses(
        limiter,
        PASSWORD_ATTEMPT_LIMIT,
        TOTAL_PASSWORD_ATTEMPT_LIMIT,
        email=email,
        address=address,
    ):
        yield


@contextmanager
def limit_factor_codes(
    limiter: RateLimiter, *, email: str, address: str | None, code: str | None
) -> Iterator[None]:
    """Count the block as one attempt at a second factor, if there is a code; reset the counts when
    it succeeds.

    Call it for a caller with the right password only: then no stranger uses the attempts up.
    Raises `TooManyRequests`.
    """
    if code is None:
        yield
        return
    limit, total_limit = (
        (FACTOR_ATTEMPT_LIMIT, TOTAL_FACTOR_ATTEMPT_LIMIT)
        if is_app_code(code)
        else (RECOVERY_ATTEMPT_LIMIT, TOTAL_RECOVERY_ATTEMPT_LIMIT)
    )
    with limit_guesses(limiter, limit, total_limit, email=email, address=address):
        yield


def limit_code_requests(
    limiter: RateLimiter, purpose: CodePurpose, *, email: str, address: str | None
) -> None:
    """Count one mail to the address. Raises `TooManyRequests`."""
    _hit_account(
        limiter,
        CODE_REQUEST_LIMITS[purpose],
        TOTAL_CODE_REQUEST_LIMITS[purpose],
        email=email,
        address=address,
    )


def limit_requests(
    limiter: RateLimiter, *, endpoint: str, address: str | None, per_minute: int
) -> None:
    """Count one request of one client to one endpoint. Raises `TooManyRequests`."""
    limit = RateLimit(f"calls of {endpoint}", per_minute, 60)
    for network, factor in _list_networks(address).items():
        limiter.hit(_multiply_limit(limit, factor), network)


def limit_token_guesses(limiter: RateLimiter, *, address: str | None) -> None:
    """Count an unknown API token of one client. Raises `TooManyRequests`."""
    for network, factor in _list_networks(address).items():
        limiter.hit(_multiply_limit(TOKEN_GUESS_LIMIT, factor), network)


def limit_token_requests(
    limiter: RateLimiter, *, token_id: UUID, per_minute: int
) -> None:
    """Count one request with a valid API token. Raises `TooManyRequests`."""
    limiter.hit(RateLimit("requests of API tokens", per_minute, 60), str(token_id))


def _hit_account(
    limiter: RateLimiter,
    limit: RateLimit,
    total_limit: RateLimit,
    *,
    email: str,
    address: str | None,
) -> None:
    for each, identifier in _list_counts(limit, total_limit, email, address):
        limiter.hit(each, identifier)


def _list_counts(
    limit: RateLimit, total_limit: RateLimit, email: str, address: str | None
) -> list[tuple[RateLimit, str]]:
    """List the limits of an attempt at the account, each with what it counts by: first those of
    the client's networks, so that a stranger's refused attempts do not add to the total."""
    account = normalize_email(email)
    return [
        *(
            (_multiply_limit(limit, factor), f"{account} {network}")
            for network, factor in _list_networks(address).items()
        ),
        (total_limit, account),
    ]


def _multiply_limit(limit: RateLimit, factor: int) -> RateLimit:
    return RateLimit(limit.name, limit.max_hits * factor, limit.window_s)


def _list_networks(address: str | None) -> dict[str, int]:
    """The networks that a client is counted by, with how many clients' limits each has."""
    parsed = parse_client_address(address or "")
    if not isinstance(parsed, IPv6Address):
        return {address or "" if parsed is None else str(parsed): 1}
    return {
        str(ip_network((parsed, bits), strict=False)): factor
        for bits, factor in IPV6_NETWORKS.items()
    }
