"""One thread owns the memory; what arrives while it commits shares the next commit.

So requests never race each other, a commit waits for the disk once for all that came
meanwhile, and no answer leaves before what it says is on the disk.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from webapp.devtools.stripe_simulator.repository import SimulatorRepository
from webapp.devtools.stripe_simulator.sqlite import open_connection

Result = TypeVar("Result")
Work = tuple[Callable[[SimulatorRepository], Any], Future[Any]]

MAX_BATCH = 128


class SimulatorDatabase:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()
        self._opened.result()

    def run_in_transaction(
        self, work: Callable[[SimulatorRepository], Result]
    ) -> Result:
        """Run in a transaction; returns once it is committed, raises what it raised."""
        future: Future[Result] = Future()
        self._waiting.put((work, future))
        return future.result()

    def run_read_only(self, work: Callable[[SimulatorRepository], Result]) -> Result:
        """Read what is committed, beside the requests and without holding them up."""
        with closing(open_connection(self._path)) as connection:
            return work(SimulatorRepository(connection))

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            connection = open_connection(self._path)
        except Exception as problem:  # noqa: BLE001 - it belongs to who opens the ledger
            self._opened.set_exception(problem)
            return
        self._opened.set_result(None)
        books = SimulatorRepository(connection)
        while batch := self._next_batch():
            try:
                connection.execute("BEGIN IMMEDIATE")
                done: list[object] = [_outcome(work, books) for work, _ in batch]
                connection.execute("COMMIT")
            except Exception as problem:  # noqa: BLE001 - a full disk, told to every waiter
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                done = [_Raised(problem)] * len(batch)
            _tell(batch, done)
        connection.close()

    def _next_batch(self) -> list[Work]:
        """Whatever is waiting now; empty when the ledger is closed."""
        batch: list[Work] = []
        item = self._waiting.get()
        try:
            while item is not None:
                batch.append(item)
                if len(batch) == MAX_BATCH:
                    return batch
                item = self._waiting.get_nowait()
        except Empty:
            return batch
        if batch:
            self._waiting.put(None)
        return batch


class _Raised:
    """Keeps what a piece of work raised apart from what it returned."""

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem


def _outcome(
    work: Callable[[SimulatorRepository], Any], books: SimulatorRepository
) -> object:
    try:
        with books.savepoint():
            return work(books)
    except Exception as problem:  # noqa: BLE001 - it belongs to whoever asked
        return _Raised(problem)


def _tell(batch: list[Work], done: list[object]) -> None:
    for (_, future), result in zip(batch, done, strict=True):
        if isinstance(result, _Raised):
            future.set_exception(result.problem)
        else:
            future.set_result(result)
