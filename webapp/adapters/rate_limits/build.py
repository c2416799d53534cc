"""Builds the rate limiter over `REDIS_URL`."""

from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.adapters.rate_limits.port import RateLimiter
from webapp.config import Settings


def build_rate_limiter(settings: Settings) -> RateLimiter:
    """Connects at first use."""
    secret = settings.jwt_secret
    return ValkeyRateLimiter(
        settings.redis_url or "memory://",
        pepper=secret.get_secret_value().encode() if secret else b"",
    )
