"""One job at a time writes what is computed from the database's dataset."""

from collections.abc import Iterator
from contextlib import contextmanager

from analytics.facts import changes
from jobs.batch.runner import BatchRun, JobRuns
from webapp.db.session import Database


@contextmanager
def take_turn(db: Database, run: BatchRun) -> Iterator[None]:
    """No other job of the dataset runs meanwhile. The lock has a transaction of its own: that of an
    export must begin when the other one is over. Raises `JobRuns`."""
    with db.unit_of_work() as session:
        if not changes.lock_dataset(session):
            if not run.waits:
                raise JobRuns("Another export runs; try again when it is done")
            run.print_line("Another export runs: waiting for its end")
            changes.await_dataset(session)
        yield
