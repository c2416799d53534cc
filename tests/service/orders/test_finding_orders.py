"""Lists of orders and searches among them, page by page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.kit.paging import Page
from webapp.orders import repository, service
from webapp.orders.errors import OrderNotFound
from webapp.orders.models import Order
from webapp.orders.read_models import OrderFilters
from webapp.orders.status import OrderStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ListPage = Callable[[str | None], Page[Order]]


@pytest.fixture
def orders(make: RowFactory, customer_id: UUID) -> list[UUID]:
    """Five orders of one customer, newest first; the middle three of the same moment."""
    same = sorted(make.order(customer_id=customer_id, placed_at=NOON).id for _ in "abc")
    older = make.order(customer_id=customer_id, placed_at=NOON - SECOND).id
    newer = make.order(customer_id=customer_id, placed_at=NOON + SECOND).id
    return [newer, *reversed(same), older]


@pytest.mark.parametrize("searched", [False, True])
def test_pages_of_any_length_show_every_order_once(
    session: Session, customer_id: UUID, orders: list[UUID], *, searched: bool
) -> None:
    def list_page(limit: int, last_key: str | None) -> Page[Order]:
        if searched:
            return service.search_orders(
                session, filters=OrderFilters(), limit=limit, last_key=last_key
            )
        return service.list_orders(
            session, owner_id=customer_id, limit=limit, last_key=last_key
        )

    for limit in range(1, 7):
        shown, last_key, pages = [], None, 0
        while pages == 0 or last_key is not None:
            page = list_page(limit, last_key)
            assert len(page.items) <= limit
            shown += [order.id for order in page.items]
            last_key, pages = page.last_key, pages + 1
        assert shown == orders
        assert pages == -(-len(orders) // limit)


def search(session: Session, **filters: object) -> list[UUID]:
    found = service.search_orders(session, filters=OrderFilters(**filters))  # type: ignore[arg-type]
    return [order.id for order in found.items]


def test_a_search_starts_at_a_time_and_ends_before_another(
    session: Session, orders: list[UUID]
) -> None:
    newer, *same, older = orders

    assert search(session, start=NOON) == [newer, *same]
    assert search(session, end=NOON) == [older]
    assert search(session, start=NOON, end=NOON + SECOND) == same


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("column", ["tracking_number", "customer_ref", "external_ref"])
def test_an_order_is_found_by_each_of_its_references(
    session: Session, make: RowFactory, column: str
) -> None:
    wanted = make.order(**dict[str, Any]({column: "REF-7"})).id

    assert search(session, text="REF-7") == [wanted]


@pytest.mark.usefixtures("orders")
def test_an_order_is_found_by_its_id_and_number(
    session: Session, make: RowFactory
) -> None:
    wanted = make.order(number=10**17)

    assert search(session, text=str(wanted.id)) == [wanted.id]
    assert search(session, text=f"#{10**17}") == [wanted.id]
    assert search(session, text="9" * 19) == []


@pytest.mark.usefixtures("orders")
def test_a_number_is_found_for_its_owner_only(
    session: Session, make: RowFactory, customer_id: UUID
) -> None:
    order = make.order(customer_id=customer_id)
    other = make.customer().id

    found = service.require_order_by_number(
        session, owner_id=customer_id, number=order.number
    )

    assert found.id == order.id
    with pytest.raises(OrderNotFound) as error:
        service.require_order_by_number(session, owner_id=other, number=order.number)
    assert str(order.number) in error.value.message
    assert error.value.details == {"order_id": order.number}


REQUIRE: dict[str, Callable[[Session, UUID], Order]] = {
    "own": lambda session, order: service.require_order(
        session, owner_id=UUID(int=1), order_id=order
    ),
    "any": lambda session, order: service.require_order_unscoped(
        session, order_id=order
    ),
    "locked": lambda session, order: service.lock_order(session, order_id=order),
}


@pytest.mark.parametrize("how", REQUIRE)
def test_an_unknown_order_is_named(session: Session, how: str) -> None:
    unknown = UUID(int=7)

    with pytest.raises(OrderNotFound) as error:
        REQUIRE[how](session, unknown)

    assert error.value.details == {"order_id": unknown}


def test_orders_are_counted_by_owner_and_status(
    session: Session, make: RowFactory, customer_id: UUID, orders: list[UUID]
) -> None:
    make.order(customer_id=make.customer().id)
    make.order(customer_id=customer_id, status="CANCELLED")

    count = repository.count_orders(
        session, owner_id=customer_id, statuses=[OrderStatus.SHIPPED]
    )

    assert count == len(orders)


def test_the_emails_are_those_of_the_orders(session: Session, make: RowFactory) -> None:
    ada, nameless = make.customer(email="ada@example.com"), make.customer()
    nameless.email = None
    session.flush()
    make.order(customer_id=make.customer(email="grace@example.com").id)
    orders = [make.order(customer_id=owner) for owner in (ada.id, nameless.id, None)]

    assert service.find_customer_emails(session, orders=orders) == {
        ada.id: "ada@example.com"
    }


def test_the_history_of_a_buyer_counts_the_last_hour_and_the_declines_of_a_day(
    session: Session, make: RowFactory, customer_id: UUID
) -> None:
    minute = timedelta(minutes=1)
    hour, day = timedelta(hours=1), timedelta(days=1)
    for age in (minute, hour - minute, hour + minute, day - minute, day + minute):
        make.order(
            customer_id=customer_id,
            placed_at=NOON - age,
            status="PAYMENT_FAILED",
            payment_status="UNPAID",
        )

    history = service.lock_customer_history(
        session, owner_id=customer_id, idempotency_key=None, now=NOON
    )

    assert history.orders_last_hour == 2
    assert history.declined_last_day == 4
    assert history.paid_orders == 0


def test_what_identifies_a_customer_is_removed_from_their_orders_only(
    session: Session, make: RowFactory, customer_id: UUID
) -> None:
    address = {"country": "DE", "street": "Hauptstraße 1"}
    identified: dict[str, Any] = {
        "shipping_address": address,
        "customer_ref": "C-1",
        "idempotency_key": "k",
    }
    own = make.order(customer_id=customer_id, **identified)
    others = make.order(customer_id=make.customer().id, **identified)

    repository.redact_addresses(session, owner_id=customer_id)
    session.expire_all()

    assert own.shipping_address == {"country": "DE"}
    assert (own.customer_ref, own.idempotency_key) == (None, None)
    assert others.shipping_address == address
    assert (others.customer_ref, others.idempotency_key) == ("C-1", "k")


def test_a_search_reads_no_more_orders_than_asked_for(
    session: Session, orders: list[UUID]
) -> None:
    found = repository.search_orders(
        session, filters=OrderFilters(), after=None, limit=2
    )

    assert [order.id for order in found] == orders[:2]


def test_a_key_finds_its_order_for_a_day_and_is_free_then(
    session: Session, make: RowFactory, customer_id: UUID
) -> None:
    placed = [
        make.order(customer_id=customer_id, idempotency_key=key, placed_at=NOON)
        for key in ("k", "l")
    ]

    def find(key: str, after: timedelta) -> Order | None:
        return service.find_order_by_key(
            session, owner_id=customer_id, idempotency_key=key, now=NOON + after
        )

    assert [find(key, timedelta(hours=24)) for key in ("k", "l")] == placed
    late = timedelta(hours=24, seconds=1)
    assert [find(key, late) for key in ("k", "l")] == [None, None]
    assert [order.idempotency_key for order in placed] == [None, None]
