"""How often what may be tried, by whom.

Counts belong to the address that was typed, whether there is an account with it or not:
what is refused must not tell. They are taken before anything is looked up, so that many
attempts at once count like as many one after the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from webapp.accounts.codes import Purpose
from webapp.accounts.service import normal_email
from webapp.adapters.rate_limits.port import Limit, Limiter

QUARTER_HOUR, HOUR = 15 * 60, 60 * 60
PASSWORDS = Limit("passwords tried", 10, QUARTER_HOUR)
CODES_TRIED = {
    purpose: Limit(f"codes tried to {purpose}", 10, QUARTER_HOUR) for purpose in Purpose
}
CODES_ASKED = {
    purpose: Limit(f"codes asked to {purpose}", 5, HOUR) for purpose in Purpose
}


@contextmanager
def attempt(limiter: Limiter, limit: Limit, *, who: str) -> Iterator[None]:
    """One try inside; it counts, and what was counted is forgiven when it succeeds.

    `who` is an e-mail address, or an account's id. Raises `TooMany`.
    """
    limiter.hit(limit, normal_email(who))
    yield
    limiter.forgive(limit, normal_email(who))


def forgive_passwords(limiter: Limiter, *, email: str) -> None:
    """Whoever reads the mail of the address need not wait for those who guessed."""
    limiter.forgive(PASSWORDS, normal_email(email))


def ask_for_code(limiter: Limiter, purpose: Purpose, *, email: str) -> None:
    """Raises `TooMany`."""
    limiter.hit(CODES_ASKED[purpose], normal_email(email))


def slow_down(
    limiter: Limiter, *, endpoint: str, address: str | None, per_minute: int
) -> None:
    """Of one client, at one endpoint. Raises `TooMany`."""
    limiter.hit(Limit(f"calls of {endpoint}", per_minute, 60), network_of(address))


def network_of(address: str | None) -> str:
    """Whom to count: an IPv6 client is given 2⁶⁴ addresses to call from."""
    try:
        found = ip_address(address or "")
    except ValueError:  # a Unix socket
        return address or ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)
