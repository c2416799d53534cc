"""Thread-safe counters and latencies, for the progress display and the report."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Counters:
    """Counters and latencies shared by the threads of all buyers."""

    _counts: Counter[str] = field(default_factory=Counter)
    _latencies_s: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def increment(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def set_value(self, name: str, value: int) -> None:
        with self._lock:
            self._counts[name] = value

    def record_latency(self, seconds: float) -> None:
        """Record one order request that was answered on the first attempt."""
        with self._lock:
            self._latencies_s.append(seconds)

    def snapshot(self) -> Mapping[str, int]:
        with self._lock:
            return dict(self._counts)

    def latency_percentile(self, percent: int) -> float:
        """Return a percentile of the latencies in seconds; 0 when there are none."""
        with self._lock:
            ordered = sorted(self._latencies_s)
        return ordered[len(ordered) * percent // 100] if ordered else 0.0
