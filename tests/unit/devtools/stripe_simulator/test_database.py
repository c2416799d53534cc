from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import OperationalError
from threading import Event

import pytest

from webapp.devtools.stripe_simulator.database import SimulatorDatabase
from webapp.devtools.stripe_simulator.errors import Doc, StripeResult
from webapp.devtools.stripe_simulator.repository import (
    EVENT_RETENTION_S,
    IDEMPOTENCY_KEY_TTL_S,
    IdempotencyRecord,
    PageRequest,
    SimulatorRepository,
)

RECORD = IdempotencyRecord("fingerprint", "req_1", StripeResult(200, {"id": "pi_1"}))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SimulatorDatabase]:
    database = SimulatorDatabase(tmp_path / "stripe.sqlite3")
    yield database
    database.close()


def build_object(name: str, *, kind: str = "charge", created: int = 0) -> Doc:
    return {"id": name, "object": kind, "created": created}


def insert_objects(
    database: SimulatorDatabase, *names: str, kind: str = "charge"
) -> None:
    def transaction(repository: SimulatorRepository) -> None:
        for number, name in enumerate(names):
            repository.insert_object(build_object(name, kind=kind, created=number))

    database.run_in_transaction(transaction)


def list_names(
    database: SimulatorDatabase, page: PageRequest
) -> tuple[list[str], bool]:
    docs, has_more = database.run_in_transaction(
        lambda repository: repository.list_objects("charge", page)
    )
    return [doc["id"] for doc in docs], has_more


def test_a_failed_transaction_is_rolled_back_without_affecting_others_in_the_batch(
    database: SimulatorDatabase,
) -> None:
    started = Event()

    def wait_for_start(_repository: SimulatorRepository) -> None:
        started.wait(5)

    def insert_and_fail(repository: SimulatorRepository) -> None:
        repository.insert_object(build_object("ch_failed"))
        msg = "failed on purpose"
        raise ValueError(msg)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(database.run_in_transaction, wait_for_start)
        success = pool.submit(
            database.run_in_transaction,
            lambda repository: repository.insert_object(build_object("ch_good")),
        )
        failure = pool.submit(database.run_in_transaction, insert_and_fail)
        started.set()
        success.result()
        with pytest.raises(ValueError, match="failed on purpose"):
            failure.result()

    assert list_names(database, PageRequest()) == (["ch_good"], False)


def test_a_database_that_cannot_be_opened_raises(tmp_path: Path) -> None:
    (tmp_path / "stripe.sqlite3").mkdir()

    with pytest.raises(OperationalError):
        SimulatorDatabase(tmp_path / "stripe.sqlite3")


def test_lists_are_newest_first_and_page_both_ways(database: SimulatorDatabase) -> None:
    insert_objects(database, "ch_0", "ch_1", "ch_2", "ch_3", "ch_4")

    assert list_names(database, PageRequest(limit=2)) == (["ch_4", "ch_3"], True)
    assert list_names(database, PageRequest(limit=2, starting_after="ch_3")) == (
        ["ch_2", "ch_1"],
        True,
    )
    assert list_names(database, PageRequest(limit=2, starting_after="ch_1")) == (
        ["ch_0"],
        False,
    )
    assert list_names(database, PageRequest(limit=2, ending_before="ch_1")) == (
        ["ch_3", "ch_2"],
        True,
    )
    assert list_names(database, PageRequest(created={"gte": 1, "lt": 3})) == (
        ["ch_2", "ch_1"],
        False,
    )


def test_an_idempotency_key_expires_after_a_day(database: SimulatorDatabase) -> None:
    database.run_in_transaction(
        lambda repository: repository.save_idempotency_record(
            "key", RECORD, now=1_000.0
        )
    )

    def find_record(after: float) -> IdempotencyRecord | None:
        return database.run_in_transaction(
            lambda repository: repository.find_idempotency_record(
                "key", now=1_000.0 + after
            )
        )

    assert find_record(IDEMPOTENCY_KEY_TTL_S - 1) == RECORD
    assert find_record(IDEMPOTENCY_KEY_TTL_S) is None


def test_events_are_deleted_after_thirty_days_and_charges_never(
    database: SimulatorDatabase,
) -> None:
    insert_objects(database, "evt_0", "evt_1", kind="event")
    insert_objects(database, "ch_0")

    database.run_in_transaction(
        lambda repository: repository.delete_expired(now=EVENT_RETENTION_S + 0.5)
    )

    assert database.run_in_transaction(
        lambda repository: repository.count_objects()
    ) == {
        "charge": 1,
        "event": 1,
    }
