from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobs.context import JobContext
from jobs.notifications import notify
from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER, log_in
from tests.support.waiting import eventually
from webapp.accounts.models import Customer, RefreshToken
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.cart.models import CartLine
from webapp.chat import service as chat
from webapp.chat.models import ChatMessage, ChatSession, OpenConnection
from webapp.chat.open_connections import MAX_LIFETIME
from webapp.chat.service import AgentName, NewMessage
from webapp.db.idempotency import IdempotencyKey
from webapp.db.outbox import enqueue
from webapp.http.access import verify_access_token
from webapp.kit.clock import utc_now
from webapp.kit.errors import Unauthenticated
from webapp.notifications.events import Channel, EventName
from webapp.orders.models import Order
from webapp.orders.status import OPEN_STATUSES, OrderStatus, PaymentStatus
from webapp.payments.models import Payment
from webapp.webhooks import service as webhooks
from webapp.webhooks.models import WebhookDelivery
from webapp.webhooks.service import EndpointDraft

PASSWORD = "Good-Pass1"
HOME = {
    "name": "Ada Park",
    "company": "Park & Co.",
    "street": "1 Long Lane",
    "street2": "Rear building",
    "city": "Ulm",
    "zipCode": "89073",
    "country": "DE",
    "phone": "+49 731 12345",
}


@pytest.fixture
def ada(customer: ApiClient, runtime: Runtime) -> ApiClient:
    """A customer with a password."""
    with runtime.db.unit_of_work() as session:
        row = session.get_one(Customer, customer.customer_id)
        row.password_hash = CHEAP_HASHER.hash(PASSWORD)
        row.email = "ada@example.com"
    return customer


def add_order(
    runtime: Runtime, owner: UUID | None, status: str, address: dict[str, str] = HOME
) -> None:
    with runtime.db.unit_of_work() as session:
        order = RowFactory(session).order(
            customer_id=owner,
            customer_ref="ada@old-shop.example",
            status=status,
            payment_status=PaymentStatus.PAID,
            currency="EUR",
            subtotal_minor=100,
            tax_minor=19,
            total_minor=119,
            shipping_address=address,
        )
        session.add(
            Payment(
                order_id=order.id,
                intent_id=f"pi_{uuid4()}",
                status="succeeded",
                amount_minor=119,
                currency="EUR",
            )
        )


def add_personal_data(
    ada: ApiClient, runtime: Runtime, on_sale: Callable[..., UUID]
) -> str:
    """Add a cart, a conversation, a stored response and a sign-in; returns its refresh token."""
    body = {"productId": str(on_sale()), "quantity": 1}
    ada.call("POST", "/cart", body, headers={"Idempotency-Key": "cart-1"})
    assert ada.customer_id is not None
    with runtime.db.unit_of_work() as session:
        conversation = chat.start_session(
            session, owner_id=ada.customer_id, agent=AgentName.SUPPORT
        )
        session.flush()  # the message refers to it
        message = NewMessage(0, "user", "I live at 1 Long Lane", is_step=False)
        chat.add_message(session, session_id=conversation.id, message=message)
        session.add(
            OpenConnection(
                owner_id=ada.customer_id,
                agent=AgentName.SUPPORT,
                session_id=conversation.id,
                expires_at=utc_now() + MAX_LIFETIME,
            )
        )
        return log_in(
            session, email="ada@example.com", password=PASSWORD, now=utc_now()
        ).refresh_token


def counts(session: Session) -> dict[str, int]:
    tables = (
        CartLine,
        ChatSession,
        ChatMessage,
        OpenConnection,
        RefreshToken,
        IdempotencyKey,
    )
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table))
        or 0
        for table in tables
    }


def test_personal_data_is_deleted_and_financial_records_stay(
    ada: ApiClient, runtime: Runtime, on_sale: Callable[..., UUID]
) -> None:
    add_personal_data(ada, runtime, on_sale)
    add_order(runtime, ada.customer_id, OrderStatus.DELIVERED)
    add_order(runtime, ada.customer_id, OrderStatus.CANCELLED, {})

    response = ada.call("DELETE", "/auth/me", {"password": PASSWORD})

    assert (response.status_code, response.data) == (204, b"")
    with runtime.db.unit_of_work() as session:
        assert set(counts(session).values()) == {0}
        [row] = session.scalars(select(Customer))
        assert (row.id, row.email, row.name) == (ada.customer_id, None, "")
        assert (row.password_hash, row.groups) == (None, [])
        orders = session.scalars(select(Order).order_by(Order.number)).all()
        assert [order.shipping_address for order in orders] == [{"country": "DE"}, {}]
        assert {order.customer_id for order in orders} == {ada.customer_id}
        assert {order.customer_ref for order in orders} == {None}
        assert [order.total_minor for order in orders] == [119, 119]
        assert session.scalar(select(func.count()).select_from(Payment)) == 2


def publish_last_order(runtime: Runtime) -> None:
    """Publish `order.shipped` for the order that was added last."""
    with runtime.db.unit_of_work() as session:
        newest = select(Order.id).order_by(Order.number.desc()).limit(1)
        message = enqueue(
            session,
            "notifications.tell",
            event=EventName.ORDER_SHIPPED,
            order_id=session.scalars(newest).one(),
            only=Channel.WEBHOOK,
        )
    notify(runtime, JobContext(message.id), **message.arguments)


def test_what_integrators_were_sent_is_reduced_as_the_orders_are(
    ada: ApiClient, other: ApiClient, runtime: Runtime
) -> None:
    endpoint = EndpointDraft("https://example.com/in", ["order.shipped"])
    with runtime.db.unit_of_work() as session:
        webhooks.register_endpoint(session, draft=endpoint)
    for owner, address in ((ada, HOME), (ada, {}), (other, HOME)):
        add_order(runtime, owner.customer_id, OrderStatus.DELIVERED, address)
        publish_last_order(runtime)

    ada.expect_ok("DELETE", "/auth/me", {"password": PASSWORD})

    with runtime.db.unit_of_work() as session:
        payloads = session.scalars(
            select(WebhookDelivery.payload).order_by(WebhookDelivery.id)
        )
        sent_orders = [payload["data"]["order"] for payload in payloads]
    assert [(order["userId"], order["shippingAddress"]) for order in sent_orders] == [
        (str(ada.customer_id), {"country": "DE"}),
        (str(ada.customer_id), {}),
        (str(other.customer_id), HOME),
    ]
    assert {order["totalAmount"] for order in sent_orders} == {1.19}


def test_other_customers_lose_nothing(
    ada: ApiClient, other: ApiClient, runtime: Runtime, on_sale: Callable[..., UUID]
) -> None:
    other.expect_ok("POST", "/cart", {"productId": str(on_sale()), "quantity": 1})
    add_order(runtime, other.customer_id, OrderStatus.PAID)

    ada.call("DELETE", "/auth/me", {"password": PASSWORD})

    assert len(other.expect_ok("GET", "/cart")["items"]) == 1
    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(Order.shipping_address)).all() == [HOME]


def test_the_tokens_of_a_deleted_account_are_rejected_everywhere(
    ada: ApiClient,
    app: Flask,
    runtime: Runtime,
    nobody: ApiClient,
    on_sale: Callable[..., UUID],
) -> None:
    refresh = add_personal_data(ada, runtime, on_sale)
    elsewhere = create_app(runtime).test_client()  # another web process
    bearer = {"headers": ada.headers}
    assert elsewhere.get("/api/v1/cart", **bearer).status_code == 200

    ada.call("DELETE", "/auth/me", {"password": PASSWORD})

    assert ada.expect_error("GET", "/cart") == (401, "ACCOUNT_GONE")
    assert ada.expect_error("DELETE", "/auth/me", {"password": PASSWORD})[0] == 401
    gone = eventually(
        lambda: elsewhere.get("/api/v1/cart", **bearer).status_code == 401, within=5
    )
    assert gone
    token = ada.headers["Authorization"].removeprefix("Bearer ")
    with app.app_context(), pytest.raises(Unauthenticated):
        verify_access_token(token)  # as the sockets do
    refresh_body = {"refreshToken": refresh}
    assert nobody.expect_error("POST", "/auth/refresh", refresh_body) == (
        401,
        "BAD_REFRESH_TOKEN",
    )
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert nobody.expect_error("POST", "/auth/login", credentials) == (
        401,
        "WRONG_CREDENTIALS",
    )


def test_the_address_can_register_again_as_a_new_account(
    ada: ApiClient, nobody: ApiClient
) -> None:
    ada.call("DELETE", "/auth/me", {"password": PASSWORD})

    registered = nobody.expect_ok(
        "POST",
        "/auth/register",
        {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"},
    )

    assert registered["userId"] != str(ada.customer_id)


def test_the_same_key_deletes_once(ada: ApiClient) -> None:
    key = {"Idempotency-Key": "bye"}

    first = ada.call("DELETE", "/auth/me", {"password": PASSWORD}, headers=key)
    second = ada.call("DELETE", "/auth/me", {"password": PASSWORD}, headers=key)

    assert (first.status_code, second.status_code) == (204, 401)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"password": "Wrong-Pass1"}, (403, "WRONG_PASSWORD")),
        ({}, (403, "WRONG_PASSWORD")),
        ({"password": ""}, (400, "INVALID_REQUEST")),
        (None, (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
)
def test_a_rejected_deletion_deletes_nothing(
    ada: ApiClient,
    runtime: Runtime,
    on_sale: Callable[..., UUID],
    body: object,
    error: tuple[int, str],
) -> None:
    add_personal_data(ada, runtime, on_sale)
    add_order(runtime, ada.customer_id, OrderStatus.DELIVERED)
    with runtime.db.unit_of_work() as session:
        before = counts(session)

    assert ada.expect_error("DELETE", "/auth/me", body) == error

    assert ada.call("GET", "/auth/me").status_code == 200
    with runtime.db.unit_of_work() as session:
        assert counts(session) == before
        assert session.scalars(select(Order.shipping_address)).all() == [HOME]


def test_deletion_requires_a_token(nobody: ApiClient) -> None:
    assert nobody.expect_error("DELETE", "/auth/me", {"password": PASSWORD})[0] == 401


@pytest.mark.parametrize("status", sorted(OPEN_STATUSES))
def test_it_is_rejected_while_an_order_still_needs_the_address(
    ada: ApiClient, runtime: Runtime, status: str
) -> None:
    add_order(runtime, ada.customer_id, status)

    error = ada.expect_error("DELETE", "/auth/me", {"password": PASSWORD})

    assert error == (409, "ORDERS_UNDER_WAY")
    assert ada.expect_ok("GET", "/auth/me")["email"] == "ada@example.com"


def test_guessing_the_password_with_a_stolen_token_is_limited(ada: ApiClient) -> None:
    for _ in range(10):
        assert ada.expect_error("DELETE", "/auth/me", {"password": "no"})[0] == 403

    error = ada.expect_error("DELETE", "/auth/me", {"password": PASSWORD})

    assert error == (429, "TOO_MANY_REQUESTS")
