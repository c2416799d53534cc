"""Real commits on real connections: the rollback fixture would hide a race."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.cart import service as cart_service
from webapp.cart.errors import NotEnoughStock
from webapp.db.session import Database


def create_customer_and_kettle(db: Database, *, stock: int) -> tuple[UUID, UUID]:
    with db.unit_of_work() as session:
        make = RowFactory(session)
        return make.customer().id, make.product(stock=stock).id


def quantities_in_cart(db: Database, owner_id: UUID) -> list[int]:
    with db.unit_of_work() as session:
        contents = cart_service.read_contents(session, owner_id=owner_id)
        return [line.quantity for line in contents.lines]


def add_at_once(
    db: Database, owner_id: UUID, product_id: UUID, *, first: int, second: int
) -> None:
    """The second begins before the first is committed, and ends after it."""

    def add(session: Session, quantity: int) -> None:
        cart_service.add_quantity(
            session, owner_id=owner_id, product_id=product_id, quantity=quantity
        )

    def add_second() -> None:
        with db.unit_of_work() as session:
            add(session, second)

    with ThreadPoolExecutor(1) as pool:
        with db.unit_of_work() as session:
            add(session, first)
            added = pool.submit(add_second)
            eventually(lambda: count_lock_waiters(db))
        added.result(timeout=10)


@pytest.mark.parametrize("before", [0, 1])
def test_neither_of_two_concurrent_additions_is_lost(
    database: Database, before: int
) -> None:
    owner_id, kettle_id = create_customer_and_kettle(database, stock=10)
    if before:
        with database.unit_of_work() as session:
            cart_service.set_quantity(
                session, owner_id=owner_id, product_id=kettle_id, quantity=before
            )

    add_at_once(database, owner_id, kettle_id, first=2, second=3)

    assert quantities_in_cart(database, owner_id) == [before + 5]


def test_two_concurrent_additions_cannot_exceed_the_stock(database: Database) -> None:
    owner_id, kettle_id = create_customer_and_kettle(database, stock=4)

    with pytest.raises(NotEnoughStock) as error:
        add_at_once(database, owner_id, kettle_id, first=2, second=3)

    details = error.value.details
    assert (details["wanted"], details["available"]) == (5, 4)
    assert quantities_in_cart(database, owner_id) == [2]
