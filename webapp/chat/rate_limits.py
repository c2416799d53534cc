"""What an account may do in its chats, counted over all of its connections and processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

from webapp.adapters.rate_limits.port import (
    ConcurrencyLimit,
    ConcurrencyLimiter,
    RateLimit,
    RateLimiter,
)
from webapp.kit.errors import TooManyRequests

TICKET_LIMIT = RateLimit("chat tickets", 60, 60)


class TalkingTooFast(TooManyRequests):
    code = "TALKING_TOO_FAST"


class TooManyFrames(TooManyRequests):
    code = "TOO_MANY_FRAMES"


class TooManyChats(TooManyRequests):
    code = "TOO_MANY_CHATS"


def limit_messages(limiter: RateLimiter, *, account_id: UUID, per_minute: int) -> None:
    """Count a message. Raises `TalkingTooFast`; a rejected message does not count."""
    try:
        limiter.hit(RateLimit("chat messages", per_minute, 60), str(account_id))
    except TooManyRequests as error:
        wait = error.retry_after
        raise TalkingTooFast(
            f"Too many messages; try again in {wait} seconds", retry_after=wait
        ) from error


def limit_tickets(limiter: RateLimiter, *, account_id: UUID) -> None:
    """Count a ticket. Raises `TooManyRequests`."""
    limiter.hit(TICKET_LIMIT, str(account_id))


@contextmanager
def limit_connections(
    limiter: ConcurrencyLimiter, *, account_id: UUID, limit: int
) -> Iterator[None]:
    """Count a connection during the block. Raises `TooManyChats`."""
    with ExitStack() as stack:
        try:
            stack.enter_context(
                limiter.hold(ConcurrencyLimit("chats", limit), str(account_id))
            )
        except TooManyRequests as error:
            raise TooManyChats(
                f"This account has {limit} open chats already: close one, or try again in "
                f"{error.retry_after} seconds",
                retry_after=error.retry_after,
            ) from error
        yield
