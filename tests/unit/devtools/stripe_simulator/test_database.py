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

KEPT = IdempotencyRecord("fingerprint", "req_1", StripeResult(200, {"id": "pi_1"}))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SimulatorDatabase]:
    ledger = SimulatorDatabase(tmp_path / "books.sqlite3")
    yield ledger
    ledger.close()


def thing(name: str, *, kind: str = "charge", created: int = 0) -> Doc:
    return {"id": name, "object": kind, "created": created}


def add(ledger: SimulatorDatabase, *names: str, kind: str = "charge") -> None:
    def work(books: SimulatorRepository) -> None:
        for number, name in enumerate(names):
            books.insert_object(thing(name, kind=kind, created=number))

    ledger.run_in_transaction(work)


def names(ledger: SimulatorDatabase, span: PageRequest) -> tuple[list[str], bool]:
    docs, has_more = ledger.run_in_transaction(
        lambda books: books.list_objects("charge", span)
    )
    return [doc["id"] for doc in docs], has_more


def test_what_raises_leaves_nothing_behind_and_harms_no_neighbour(
    ledger: SimulatorDatabase,
) -> None:
    started = Event()

    def hold_the_pen(_books: SimulatorRepository) -> None:
        started.wait(5)

    def fail(books: SimulatorRepository) -> None:
        books.insert_object(thing("ch_failed"))
        msg = "no ink"
        raise ValueError(msg)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(ledger.run_in_transaction, hold_the_pen)
        good = pool.submit(
            ledger.run_in_transaction,
            lambda books: books.insert_object(thing("ch_good")),
        )
        bad = pool.submit(ledger.run_in_transaction, fail)
        started.set()
        good.result()
        with pytest.raises(ValueError, match="no ink"):
            bad.result()

    assert names(ledger, PageRequest()) == (["ch_good"], False)


def test_a_ledger_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "books.sqlite3").mkdir()

    with pytest.raises(OperationalError):
        SimulatorDatabase(tmp_path / "books.sqlite3")


def test_lists_come_newest_first_and_page_both_ways(ledger: SimulatorDatabase) -> None:
    add(ledger, "ch_0", "ch_1", "ch_2", "ch_3", "ch_4")

    assert names(ledger, PageRequest(limit=2)) == (["ch_4", "ch_3"], True)
    assert names(ledger, PageRequest(limit=2, starting_after="ch_3")) == (
        ["ch_2", "ch_1"],
        True,
    )
    assert names(ledger, PageRequest(limit=2, starting_after="ch_1")) == (
        ["ch_0"],
        False,
    )
    assert names(ledger, PageRequest(limit=2, ending_before="ch_1")) == (
        ["ch_3", "ch_2"],
        True,
    )
    assert names(ledger, PageRequest(created={"gte": 1, "lt": 3})) == (
        ["ch_2", "ch_1"],
        False,
    )


def test_a_key_is_remembered_for_a_day(ledger: SimulatorDatabase) -> None:
    ledger.run_in_transaction(
        lambda books: books.save_idempotency_record("key", KEPT, now=1_000.0)
    )

    def kept(after: float) -> IdempotencyRecord | None:
        return ledger.run_in_transaction(
            lambda books: books.find_idempotency_record("key", now=1_000.0 + after)
        )

    assert kept(IDEMPOTENCY_KEY_TTL_S - 1) == KEPT
    assert kept(IDEMPOTENCY_KEY_TTL_S) is None


def test_events_are_forgotten_after_thirty_days_and_money_never(
    ledger: SimulatorDatabase,
) -> None:
    add(ledger, "evt_0", "evt_1", kind="event")
    add(ledger, "ch_0")

    ledger.run_in_transaction(
        lambda books: books.delete_expired(now=EVENT_RETENTION_S + 0.5)
    )

    assert ledger.run_in_transaction(lambda books: books.count_objects()) == {
        "charge": 1,
        "event": 1,
    }
