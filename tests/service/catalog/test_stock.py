"""Real commits on real connections: the rollback fixture would hide a race."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.catalog import stock
from webapp.catalog.models import StockMovement, Variant
from webapp.db.session import Database
from webapp.kit.ids import new_id


def create_variants(db: Database, *, count: int, units: int) -> list[UUID]:
    with db.unit_of_work() as session:
        product = RowFactory(session).product(variants=count, stock=units)
        return sorted(variant.id for variant in product.variants)


def held(db: Database, variant_id: UUID) -> int:
    with db.unit_of_work() as session:
        return session.get_one(Variant, variant_id).held


def list_movements(db: Database, order_id: UUID) -> list[tuple[UUID, str, int, int]]:
    with db.unit_of_work() as session:
        rows = session.execute(
            select(
                StockMovement.variant_id,
                StockMovement.reason,
                StockMovement.on_hand,
                StockMovement.held,
            )
            .where(StockMovement.order_id == order_id)
            .order_by(StockMovement.id)
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]


def hold(db: Database, units: Mapping[UUID, int]) -> set[UUID]:
    with db.unit_of_work() as session:
        return stock.hold(session, units, order_id=new_id())


def test_each_variant_moves_by_its_own_units(database: Database) -> None:
    small, large = create_variants(database, count=2, units=10)
    order_id = new_id()

    with database.unit_of_work() as session:
        assert stock.hold(session, {large: 3, small: 1}, order_id=order_id) == set()
        stock.sell_held(session, {large: 3, small: 1}, order_id=order_id, low_stock=0)

    with database.unit_of_work() as session:
        left = {v: session.get_one(Variant, v).on_hand for v in (small, large)}
    assert left == {small: 9, large: 7}
    assert sorted(list_movements(database, order_id)) == sorted(
        [
            (large, "HELD", 0, 3),
            (small, "HELD", 0, 1),
            (large, "SOLD", -3, -3),
            (small, "SOLD", -1, -1),
        ]
    )


def test_only_variants_with_too_little_stock_are_returned(database: Database) -> None:
    first, second = create_variants(database, count=2, units=2)

    assert hold(database, {first: 2, second: 3}) == {second}


def test_the_last_unit_goes_to_one_of_two_concurrent_orders(database: Database) -> None:
    """The second order holds while the first has not committed yet."""
    (last,) = create_variants(database, count=1, units=1)

    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as session:
            assert stock.hold(session, {last: 1}, order_id=new_id()) == set()
            second = pool.submit(hold, database, {last: 1})
            eventually(lambda: count_lock_waiters(database))
        assert second.result(timeout=10) == {last}

    assert held(database, last) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_orders_that_queue_for_a_variant_do_not_deadlock(
    database: Database, count: int
) -> None:
    """While another transaction references the row (a cart line does), PostgreSQL queues for a
    row that was already updated: a statement that locks and then updates it queues twice."""
    variants = create_variants(database, count=count, units=10)
    units = dict.fromkeys(variants, 1)

    with ThreadPoolExecutor(2) as pool, database.unit_of_work() as referring:
        referring.scalars(
            select(Variant.id).with_for_update(read=True, key_share=True)
        ).all()
        with database.unit_of_work() as first:
            assert stock.hold(first, units, order_id=new_id()) == set()
            queue = [pool.submit(hold, database, units) for _ in range(2)]
            eventually(lambda: count_lock_waiters(database) == 2)
        assert [each.result(timeout=10) for each in queue] == [set(), set()]

    assert {held(database, variant_id) for variant_id in variants} == {3}


@pytest.mark.slow
def test_orders_of_variants_in_opposite_order_do_not_deadlock(
    database: Database,
) -> None:
    """PostgreSQL ends a deadlock with an error, which `result` would raise."""
    variants = create_variants(database, count=3, units=10_000)
    start = Barrier(4)

    def place_orders(turn: int) -> None:
        start.wait()
        for n in range(50):
            chosen = variants if (turn + n) % 2 else list(reversed(variants))
            assert hold(database, dict.fromkeys(chosen, 1)) == set()

    with ThreadPoolExecutor(4) as pool:
        for buyer in [pool.submit(place_orders, turn) for turn in range(4)]:
            buyer.result(timeout=60)

    assert {held(database, variant_id) for variant_id in variants} == {200}
