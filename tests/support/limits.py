"""A limiter for tests that call an endpoint more often than anybody may."""

from webapp.adapters.rate_limits.port import Limit


class NoLimits:
    def hit(self, limit: Limit, who: str) -> None:
        """Everything may be done as often as one likes."""

    def forgive(self, limit: Limit, who: str) -> None:
        """Nothing was counted."""
