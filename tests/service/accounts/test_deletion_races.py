"""Concurrent account deletion and checkout: real commits on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.support.checkout import ADDRESS, POLICY, VISA
from tests.support.factories import NO_PASSWORD, RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.account_deletion.errors import OrdersUnderWay
from webapp.account_deletion.service import delete_account
from webapp.accounts import repository, service
from webapp.accounts.errors import AccountGone
from webapp.cart import service as carts
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError
from webapp.orders import service as orders
from webapp.orders.models import Order

EMAIL = "ada@example.com"
Operation = Callable[[Session, UUID], object]


@pytest.fixture
def ada(database: Database) -> UUID:
    """A customer with something in the cart."""
    with database.unit_of_work() as session:
        make = RowFactory(session)
        customer_id = make.customer(email=EMAIL).id
        carts.set_quantity(
            session, owner_id=customer_id, product_id=make.product().id, quantity=1
        )
        return customer_id


def order(session: Session, customer_id: UUID) -> None:
    request = CheckoutRequest(customer_id, VISA, ADDRESS)
    create_order(session, request, policy=POLICY, now=utc_now())


def delete(session: Session, customer_id: UUID) -> None:
    delete_account(
        session, customer_id=customer_id, verified_hash=NO_PASSWORD, now=utc_now()
    )
    session.flush()


def run_concurrently(
    database: Database, first: Operation, second: Operation, ada: UUID
) -> None:
    """Start `second` before `first` is committed; raises the error of `second`."""

    def run_second() -> None:
        with database.unit_of_work() as session:
            second(session, ada)

    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as session:
            first(session, ada)
            second_result = pool.submit(run_second)
            eventually(lambda: count_lock_waiters(database), within=10)
        second_result.result(timeout=10)


@pytest.mark.parametrize(
    ("first", "second", "error", "count"),
    [(order, delete, OrdersUnderWay, 1), (delete, order, AccountGone, 0)],
)
def test_the_second_of_two_concurrent_operations_is_rejected(
    database: Database,
    ada: UUID,
    first: Operation,
    second: Operation,
    error: type[CommerceError],
    count: int,
) -> None:
    with pytest.raises(error):
        run_concurrently(database, first, second, ada)

    with database.unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == count
        is_open = service.find_customer(session, customer_id=ada) is not None
        assert is_open == bool(count)


def test_orders_of_one_customer_and_sign_ins_do_not_wait_for_each_other(
    database: Database, ada: UUID
) -> None:
    with database.unit_of_work() as first, database.unit_of_work() as second:
        order(first, ada)
        second.execute(text("SET LOCAL lock_timeout = '1s'"))

        assert (
            orders.lock_customer_history(
                second, owner_id=ada, idempotency_key=None, now=utc_now()
            ).orders_last_hour
            == 0
        )
        assert repository.lock_by_email(second, EMAIL) is not None
