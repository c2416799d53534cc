"""Chooses where one-time values are kept by `REDIS_URL`."""

from webapp.adapters.one_time_values.memory import MemoryOneTimeValues
from webapp.adapters.one_time_values.port import OneTimeValues
from webapp.adapters.one_time_values.valkey import ValkeyOneTimeValues
from webapp.config import Settings


def build_one_time_values(settings: Settings) -> OneTimeValues:
    """Connects at first use."""
    if settings.redis_url is None:
        return MemoryOneTimeValues()
    return ValkeyOneTimeValues(settings.redis_url)
