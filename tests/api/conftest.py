from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.stripe import simulated_stripe
from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime
from webapp.catalog import stock


@pytest.fixture
def app(runtime: Runtime, create_app: AppFactory) -> Flask:
    return create_app(runtime)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def nobody(app: Flask) -> ApiClient:
    return ApiClient(app)


def signed_in(app: Flask, runtime: Runtime, *, admin: bool = False) -> ApiClient:
    with runtime.db.unit_of_work() as session:
        customer_id = RowFactory(session).customer(admin=admin).id
    return ApiClient(app, customer_id, admin=admin)


@pytest.fixture
def customer(app: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(app, runtime)


@pytest.fixture
def other(app: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(app, runtime)


@pytest.fixture
def admin(app: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(app, runtime, admin=True)


@pytest.fixture
def on_sale(runtime: Runtime) -> Callable[..., UUID]:
    """Puts a product on sale and returns its id; arguments as in `RowFactory.product`."""

    def put(**product: object) -> UUID:
        with runtime.db.unit_of_work() as session:
            return RowFactory(session).product(**product).id  # type: ignore[arg-type]

    return put


@pytest.fixture
def sell(runtime: Runtime) -> Callable[..., None]:
    """Takes units of a variant as an order does that is paid, or not yet."""

    def move(variant: dict[str, Any], quantity: int, *, paid: bool = True) -> None:
        units = {UUID(variant["variantId"]): quantity}
        with runtime.db.unit_of_work() as session:
            assert not stock.hold(session, units, order_id=UUID(int=1))
            if paid:
                stock.sell_held(session, units, order_id=UUID(int=1), low_stock=0)

    return move


@pytest.fixture
def paying_customer(
    runtime: Runtime, tmp_path: Path, create_app: AppFactory
) -> Iterator[ApiClient]:
    """A customer of a shop that has a Stripe to charge."""
    with simulated_stripe(tmp_path) as (_, gateway):
        charging = replace(runtime, payments=gateway)
        yield signed_in(create_app(charging), charging)
