"""Periodic jobs and their intervals. The jobs themselves are not imported: the cron process only
enqueues them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Periodic:
    """A job that is enqueued once per interval."""

    job: str
    interval: timedelta


SCHEDULE = {
    "repair the search index": Periodic("search.heal", timedelta(minutes=15)),
    "check integrity": Periodic("integrity.check", timedelta(minutes=10)),
    "recover stuck orders": Periodic(
        "housekeeping.free_stuck_orders", timedelta(minutes=5)
    ),
    "delete expired rows": Periodic("housekeeping.forget", timedelta(hours=1)),
}
