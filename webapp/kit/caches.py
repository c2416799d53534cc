"""A cache of cachetools for any number of threads, which it is not by itself."""

from threading import Lock
from typing import Generic, TypeVar

from cachetools import Cache

Key = TypeVar("Key")
Value = TypeVar("Value")


class LockedCache(Generic[Key, Value]):
    def __init__(self, cache: Cache[Key, Value]) -> None:
        self._lock = Lock()
        self._cache = cache

    def find(self, key: Key) -> Value | None:
        with self._lock:
            return self._cache.get(key)

    def clear(self) -> None:
        with self._lock:
            self._cache.clear()

    def store(self, key: Key, value: Value) -> None:
        """What is larger than the cache is left out."""
        if self._cache.getsizeof(value) > self._cache.maxsize:
            return
        with self._lock:
            self._cache[key] = value
