"""What a run of a batch job did: a line in the log, and counters of Ray where it runs on a cluster.

`docs/ray-jobs.md` lists them.
"""

from enum import StrEnum

import structlog
from ray.util.metrics import Counter

log = structlog.get_logger()


class RunOutcome(StrEnum):
    DONE = "done"
    ANOTHER_RUNS = "another_runs"
    """Of the same job; this run did nothing."""
    STOPPED = "stopped"
    """By a signal; what was finished stays."""
    WRONG_SETTING = "wrong_setting"
    FAILED = "failed"
    CRASHED = "crashed"
    """By an error that the job does not know: a bug."""


class RunMetrics:
    """Counts the units of one run that are complete, and the rows in them."""

    def __init__(self, job: str = "unnamed", *, on_ray: bool = False) -> None:
        self._job = job
        self._counters = _RayCounters(job) if on_ray else None
        self.units = 0
        self.rows = 0

    def count_unit(self, rows: int) -> None:
        self.units += 1
        self.rows += rows
        if self._counters is not None:
            self._counters.count_unit(rows)

    def record_end(self, outcome: RunOutcome, seconds: float) -> None:
        """`seconds` are those of the whole run, waiting for another one included."""
        if self._counters is not None:
            self._counters.count_run(outcome, seconds)
        log.info(
            "batch job ended",
            job=self._job,
            outcome=outcome.value,
            units=self.units,
            rows=self.rows,
            seconds=round(seconds, 3),
        )


class _RayCounters:
    """Each node of a cluster exports those of the jobs that it runs, to Prometheus."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._units = Counter(
            "ecom67_batch_units", "Units of work that batch jobs completed", ("job",)
        )
        self._rows = Counter("ecom67_batch_rows", "Rows in these units", ("job",))
        self._runs = Counter(
            "ecom67_batch_runs", "Runs of batch jobs that ended", ("job", "outcome")
        )
        self._seconds = Counter(
            "ecom67_batch_seconds", "Seconds that these runs took", ("job", "outcome")
        )

    def count_unit(self, rows: int) -> None:
        self._units.inc(1, {"job": self._job})
        # Ray refuses to add nothing.
        if rows > 0:
            self._rows.inc(rows, {"job": self._job})

    def count_run(self, outcome: RunOutcome, seconds: float) -> None:
        tags = {"job": self._job, "outcome": outcome.value}
        self._runs.inc(1, tags)
        if seconds > 0:
            self._seconds.inc(seconds, tags)
