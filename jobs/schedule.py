"""Periodic jobs and their intervals. The jobs themselves are not imported: the cron process only
enqueues them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from webapp.config import Settings


@dataclass(frozen=True)
class Periodic:
    """A job that is enqueued once per interval."""

    job: str
    interval: timedelta
    runs_at_start: bool = False
    starts_late: bool = False
    """Whether the first run ever is at the end of the first interval: the first start of a shop is
    busy, and has nothing for it yet."""


SCHEDULE = {
    "repair the search index": Periodic(
        # At start, too: another version may index otherwise, and no search is answered until then.
        "search.heal",
        timedelta(minutes=15),
        runs_at_start=True,
    ),
    "check integrity": Periodic("integrity.check", timedelta(minutes=10)),
    "recover stuck orders": Periodic(
        "housekeeping.free_stuck_orders", timedelta(minutes=5)
    ),
    "start due reports": Periodic(
        # At start, too: what fell due while the shop was down is caught up at once.
        "reports.start_due",
        timedelta(minutes=1),
        runs_at_start=True,
    ),
    "delete expired reports": Periodic("reports.delete_expired", timedelta(days=1)),
    "record searches": Periodic("search.record_events", timedelta(minutes=1)),
    "aggregate searches": Periodic("search.aggregate", timedelta(hours=1)),
    "delete expired rows": Periodic("housekeeping.forget", timedelta(hours=1)),
}
EXPORT_ENTRY = "export the dataset"
EXPORT_JOB = "dataset.export"


def build_schedule(settings: Settings) -> Mapping[str, Periodic]:
    """`SCHEDULE`, and what the settings ask for."""
    if not settings.dataset_export_hours:
        return SCHEDULE
    interval = timedelta(hours=settings.dataset_export_hours)
    return {
        **SCHEDULE,
        EXPORT_ENTRY: Periodic(EXPORT_JOB, interval, starts_late=True),
    }
