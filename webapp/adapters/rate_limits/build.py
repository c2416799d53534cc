"""Builds the limiters over `REDIS_URL`."""

from webapp.adapters.rate_limits.leases import LeasedConcurrencyLimiter
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.adapters.rate_limits.port import ConcurrencyLimiter, RateLimiter
from webapp.config import Settings


def build_rate_limiter(settings: Settings) -> RateLimiter:
    """Connects at first use."""
    return ValkeyRateLimiter(
        settings.redis_url or "memory://", pepper=_build_pepper(settings)
    )


def build_concurrency_limiter(settings: Settings) -> ConcurrencyLimiter:
    """Connects at first use."""
    return LeasedConcurrencyLimiter(settings.redis_url, pepper=_build_pepper(settings))


def _build_pepper(settings: Settings) -> bytes:
    secret = settings.jwt_secret
    return secret.get_secret_value().encode() if secret else b""
