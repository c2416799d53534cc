from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import OperationalError
from threading import Event

import pytest

from webapp.devtools.stripe_simulator.books import (
    EVENT_SECONDS,
    IDEMPOTENCY_SECONDS,
    Books,
    Kept,
    Range,
)
from webapp.devtools.stripe_simulator.ledger import Ledger
from webapp.devtools.stripe_simulator.problems import Answer, Doc

KEPT = Kept("fingerprint", "req_1", Answer(200, {"id": "pi_1"}))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "books.sqlite3")
    yield ledger
    ledger.close()


def thing(name: str, *, kind: str = "charge", created: int = 0) -> Doc:
    return {"id": name, "object": kind, "created": created}


def add(ledger: Ledger, *names: str, kind: str = "charge") -> None:
    def work(books: Books) -> None:
        for number, name in enumerate(names):
            books.add(thing(name, kind=kind, created=number))

    ledger.perform(work)


def names(ledger: Ledger, span: Range) -> tuple[list[str], bool]:
    docs, has_more = ledger.perform(lambda books: books.page("charge", span))
    return [doc["id"] for doc in docs], has_more


def test_what_raises_leaves_nothing_behind_and_harms_no_neighbour(
    ledger: Ledger,
) -> None:
    started = Event()

    def hold_the_pen(_books: Books) -> None:
        started.wait(5)

    def fail(books: Books) -> None:
        books.add(thing("ch_failed"))
        msg = "no ink"
        raise ValueError(msg)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(ledger.perform, hold_the_pen)
        good = pool.submit(ledger.perform, lambda books: books.add(thing("ch_good")))
        bad = pool.submit(ledger.perform, fail)
        started.set()
        good.result()
        with pytest.raises(ValueError, match="no ink"):
            bad.result()

    assert names(ledger, Range()) == (["ch_good"], False)


def test_a_ledger_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "books.sqlite3").mkdir()

    with pytest.raises(OperationalError):
        Ledger(tmp_path / "books.sqlite3")


def test_lists_come_newest_first_and_page_both_ways(ledger: Ledger) -> None:
    add(ledger, "ch_0", "ch_1", "ch_2", "ch_3", "ch_4")

    assert names(ledger, Range(limit=2)) == (["ch_4", "ch_3"], True)
    assert names(ledger, Range(limit=2, starting_after="ch_3")) == (
        ["ch_2", "ch_1"],
        True,
    )
    assert names(ledger, Range(limit=2, starting_after="ch_1")) == (["ch_0"], False)
    assert names(ledger, Range(limit=2, ending_before="ch_1")) == (
        ["ch_3", "ch_2"],
        True,
    )
    assert names(ledger, Range(created={"gte": 1, "lt": 3})) == (
        ["ch_2", "ch_1"],
        False,
    )


def test_a_key_is_remembered_for_a_day(ledger: Ledger) -> None:
    ledger.perform(lambda books: books.keep("key", KEPT, now=1_000.0))

    def kept(after: float) -> Kept | None:
        return ledger.perform(lambda books: books.kept("key", now=1_000.0 + after))

    assert kept(IDEMPOTENCY_SECONDS - 1) == KEPT
    assert kept(IDEMPOTENCY_SECONDS) is None


def test_events_are_forgotten_after_thirty_days_and_money_never(ledger: Ledger) -> None:
    add(ledger, "evt_0", "evt_1", kind="event")
    add(ledger, "ch_0")

    ledger.perform(lambda books: books.forget(now=EVENT_SECONDS + 0.5))

    assert ledger.perform(lambda books: books.counts()) == {"charge": 1, "event": 1}
