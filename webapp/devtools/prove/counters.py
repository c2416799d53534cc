"""Counts what happens while buyers buy, for the progress display and the report."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Counters:
    """Written by every buyer's thread."""

    _counts: Counter[str] = field(default_factory=Counter)
    _seconds: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def increment(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def set_value(self, what: str, number: int) -> None:
        with self._lock:
            self._counts[what] = number

    def record_latency(self, seconds: float) -> None:
        """One request for an order, answered at the first try."""
        with self._lock:
            self._seconds.append(seconds)

    def snapshot(self) -> Mapping[str, int]:
        with self._lock:
            return dict(self._counts)

    def latency_percentile(self, percent: int) -> float:
        """Of the seconds; 0 when nothing was answered."""
        with self._lock:
            ordered = sorted(self._seconds)
        return ordered[len(ordered) * percent // 100] if ordered else 0.0
