"""Builds the rate limiter over `REDIS_URL`."""

from webapp.adapters.rate_limits.moving_window import StoredLimiter
from webapp.adapters.rate_limits.port import Limiter
from webapp.config import Settings


def open_limiter(settings: Settings) -> Limiter:
    """Connects at first use."""
    secret = settings.jwt_secret
    return StoredLimiter(
        settings.redis_url or "memory://",
        pepper=secret.get_secret_value().encode() if secret else b"",
    )
