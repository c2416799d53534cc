"""A limiter for tests that call an endpoint more often than anybody may."""

from webapp.adapters.rate_limits.port import RateLimit


class UnlimitedRateLimiter:
    def hit(self, limit: RateLimit, who: str) -> None:
        """Everything may be done as often as one likes."""

    def reset(self, limit: RateLimit, who: str) -> None:
        """Nothing was counted."""
