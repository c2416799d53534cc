"""Single-writer SQLite database with group commit.

One thread owns the writing connection; transactions that arrive while it commits share the
next commit. So requests never race each other, one disk flush serves a whole batch, and no
response is sent before its changes are on the disk.
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
Transaction = tuple[Callable[[SimulatorRepository], Any], Future[Any]]

MAX_BATCH = 128


class SimulatorDatabase:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: SimpleQueue[Transaction | None] = SimpleQueue()
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, name="stripe-database", daemon=True
        )
        self._thread.start()
        self._opened.result()

    def run_in_transaction(
        self, work: Callable[[SimulatorRepository], Result]
    ) -> Result:
        """Run `work` in a transaction; return its result after the commit, or raise its error."""
        future: Future[Result] = Future()
        self._waiting.put((work, future))
        return future.result()

    def run_read_only(self, work: Callable[[SimulatorRepository], Result]) -> Result:
        """Run `work` on committed data, on a connection of its own that blocks no writer."""
        with closing(open_connection(self._path)) as connection:
            return work(SimulatorRepository(connection))

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            connection = open_connection(self._path)
        except Exception as error:  # noqa: BLE001 - raised in the constructor
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        repository = SimulatorRepository(connection)
        while batch := self._next_batch():
            try:
                connection.execute("BEGIN IMMEDIATE")
                results: list[object] = [
                    _run_in_savepoint(work, repository) for work, _ in batch
                ]
                connection.execute("COMMIT")
            except Exception as error:  # noqa: BLE001 - e.g. disk full: fails the batch
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                results = [_Failure(error)] * len(batch)
            _resolve_futures(batch, results)
        connection.close()

    def _next_batch(self) -> list[Transaction]:
        """Return the transactions that wait now; empty when the database is closed."""
        batch: list[Transaction] = []
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


class _Failure:
    """Wraps an exception, to distinguish it from a returned value."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _run_in_savepoint(
    work: Callable[[SimulatorRepository], Any], repository: SimulatorRepository
) -> object:
    try:
        with repository.savepoint():
            return work(repository)
    except Exception as error:  # noqa: BLE001 - raised in the caller
        return _Failure(error)


def _resolve_futures(batch: list[Transaction], results: list[object]) -> None:
    for (_, future), result in zip(batch, results, strict=True):
        if isinstance(result, _Failure):
            future.set_exception(result.error)
        else:
            future.set_result(result)
