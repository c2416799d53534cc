"""A rate limiter for tests that call an endpoint more often than the limit allows."""

from webapp.adapters.rate_limits.port import RateLimit


class UnlimitedRateLimiter:
    def hit(self, limit: RateLimit, identifier: str) -> None:
        """Allow everything."""

    def reset(self, limit: RateLimit, identifier: str) -> None:
        """Do nothing: nothing is counted."""
