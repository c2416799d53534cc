"""In a stream of Valkey, which all processes share. An event costs a request one round trip."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from redis import Redis

from webapp.adapters.event_buffers.port import BufferedEvent, BufferUnavailable
from webapp.kit.valkey import ValkeyClient, ValkeyUnavailable

PREFIX = "ecom67:events"
# KEYS: the stream, the count of dropped events. ARGV: the most events that there may be, how many
# this process has dropped while Valkey did not answer, the event.
APPEND = """
if tonumber(ARGV[2]) > 0 then
  redis.call('INCRBY', KEYS[2], ARGV[2])
end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then
  redis.call('INCR', KEYS[2])
  return 0
end
redis.call('XADD', KEYS[1], '*', 'event', ARGV[3])
return 1
"""


class ValkeyEventBuffer:
    def __init__(
        self,
        url: str,
        *,
        name: str,
        max_events: int,
        monotonic_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._valkey = ValkeyClient(url, monotonic_clock=monotonic_clock)
        self._stream = f"{PREFIX}:{name}"
        self._dropped_key = f"{self._stream}:dropped"
        self._max_events = max_events
        self._lock = Lock()
        self._dropped = 0
        """By this process, and not counted in Valkey yet."""

    def append_event(self, values: Mapping[str, Any]) -> None:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        arguments = [str(self._max_events), str(dropped), json.dumps(values)]
        try:
            self._valkey.call(
                lambda redis: redis.eval(
                    APPEND, 2, self._stream, self._dropped_key, *arguments
                )
            )
        except ValkeyUnavailable:
            with self._lock:
                self._dropped += dropped + 1

    def read_events(self, *, limit: int) -> Sequence[BufferedEvent]:
        entries: Any = self._call(lambda redis: redis.xrange(self._stream, count=limit))
        return [
            BufferedEvent(key.decode(), json.loads(fields[b"event"]))
            for key, fields in entries
        ]

    def delete_events(self, keys: Sequence[str]) -> None:
        if keys:
            self._call(lambda redis: redis.xdel(self._stream, *keys))

    def take_dropped_count(self) -> int:
        return int(self._call(lambda redis: redis.getdel(self._dropped_key)) or 0)

    def _call(self, command: Callable[[Redis], Any]) -> Any:
        try:
            return self._valkey.call(command)
        except ValkeyUnavailable as error:
            raise BufferUnavailable from error
