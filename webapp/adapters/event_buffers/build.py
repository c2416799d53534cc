"""Chooses where events wait by `REDIS_URL`."""

from webapp.adapters.event_buffers.memory import MemoryEventBuffer
from webapp.adapters.event_buffers.port import EventBuffer
from webapp.adapters.event_buffers.valkey import ValkeyEventBuffer
from webapp.config import Settings

MAX_EVENTS = 50_000
"""Some 20 MB in Valkey: at ten searches a second, what comes in an hour without the job."""


def build_event_buffer(settings: Settings, *, name: str) -> EventBuffer:
    """Connects at first use. Buffers of the same name are one."""
    if settings.redis_url is None:
        return MemoryEventBuffer(max_events=MAX_EVENTS)
    return ValkeyEventBuffer(settings.redis_url, name=name, max_events=MAX_EVENTS)
