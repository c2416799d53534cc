"""Products near in meaning to the texts that were searched last, kept by each process for a while:
finding them is most of the time that a search takes. The engine applies filters to what is kept,
so that a price or a stock that has changed since is no matter."""

from threading import Lock

from cachetools import TTLCache

from webapp.adapters.search.port import NearProducts, SearchFilters

MAX_CACHED = 2_000
"""Texts, each with up to 100 products: 40 MB."""
KEPT_S = 30
"""A product that is new is near after this at the latest."""

Key = tuple[str, SearchFilters]


class NearCache:
    """For any number of threads."""

    def __init__(self, *, kept_s: float = KEPT_S) -> None:
        self._lock = Lock()
        self._found: TTLCache[Key, NearProducts] = TTLCache(MAX_CACHED, kept_s)

    def find(self, text: str, filters: SearchFilters) -> NearProducts | None:
        with self._lock:
            return self._found.get(_build_key(text, filters))

    def store(self, text: str, filters: SearchFilters, near: NearProducts) -> None:
        with self._lock:
            self._found[_build_key(text, filters)] = near


def _build_key(text: str, filters: SearchFilters) -> Key:
    return " ".join(text.casefold().split()), filters
