"""What is promised again and again, and how often. The jobs themselves are not loaded: who
keeps the schedule need not be able to do the work."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Periodic:
    """A job promised again and again, whoever else is asking for it."""

    job: str
    interval: timedelta


SCHEDULE = {
    "mend the search index": Periodic("search.heal", timedelta(minutes=15)),
    "look whether the books are right": Periodic(
        "integrity.check", timedelta(minutes=10)
    ),
    "move on orders whose next step was lost": Periodic(
        "housekeeping.free_stuck_orders", timedelta(minutes=5)
    ),
    "forget what is over": Periodic("housekeeping.forget", timedelta(hours=1)),
}
