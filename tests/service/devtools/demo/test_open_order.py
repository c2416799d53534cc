"""The demo customer's open order is a real one, which is charged, fulfilled and canceled."""

from pathlib import Path
from uuid import UUID

import pytest

from tests.support.stripe import simulated_stripe
from webapp.accounts.models import Customer
from webapp.cart import service as carts
from webapp.checkout import steps
from webapp.checkout.policy import AlertThresholds
from webapp.checkout.workflow import Checkout
from webapp.config import Settings
from webapp.db.session import Database
from webapp.devtools.demo import service
from webapp.devtools.demo.catalog import load_catalog
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus, PaymentStatus

NOW = utc_now()


@pytest.fixture
def customer_id(database: Database, settings: Settings) -> UUID:
    """A customer of a shop with the demo products and this one order."""
    products = load_catalog()
    with database.unit_of_work() as session:
        customer = Customer(email="c@example.com", name="C", password_hash="!")
        session.add(customer)
        session.flush()
        service.add_products(session, products, settings=settings, today=NOW.date())
        service.place_open_order(
            session, products, customer.id, settings=settings, now=NOW
        )
        return customer.id


def load_order(database: Database, customer_id: UUID) -> Order:
    with database.unit_of_work() as session:
        [order] = orders.list_orders(session, owner_id=customer_id).items
        return order


def charge(
    database: Database, settings: Settings, order_id: UUID, tmp_path: Path
) -> None:
    with simulated_stripe(tmp_path) as (_, gateway):
        alerts = AlertThresholds.from_settings(settings)
        checkout = Checkout(database, gateway, alerts=alerts)
        outcome = checkout.charge(order_id)
        with database.unit_of_work() as session:
            checkout.record(session, outcome)


def test_it_is_charged_and_fulfilled(
    database: Database, settings: Settings, customer_id: UUID, tmp_path: Path
) -> None:
    order = load_order(database, customer_id)

    charge(database, settings, order.id, tmp_path)
    with database.unit_of_work() as session:
        orders.start_processing(session, order_id=order.id)
        contents = carts.read_contents(session, owner_id=customer_id)

    order = load_order(database, customer_id)
    assert (order.status, order.payment_status) == (
        OrderStatus.PROCESSING,
        PaymentStatus.PAID,
    )
    assert contents.lines == ()


def test_cancelling_it_refunds_it(
    database: Database, settings: Settings, customer_id: UUID, tmp_path: Path
) -> None:
    order = load_order(database, customer_id)

    charge(database, settings, order.id, tmp_path)
    with database.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)

    order = load_order(database, customer_id)
    assert (order.status, order.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.REFUNDED,
    )
