"""Placing and canceling an order, its payment and Stripe's webhooks."""

from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from webapp.checkout import steps
from webapp.checkout.errors import (
    NotAwaitingPayment,
    OrderCancelled,
    build_failure_error,
)
from webapp.checkout.placement import CheckoutRequest
from webapp.checkout.policy import AlertThresholds, CheckoutPolicy
from webapp.checkout.schemas import (
    CANCELED_EXAMPLE,
    REQUIRES_ACTION_EXAMPLE,
    PaymentStatusView,
    PlaceOrder,
    StatusQuery,
    WebhookView,
)
from webapp.checkout.stripe_webhooks import receive_webhook as receive_stripe_webhook
from webapp.checkout.workflow import Checkout
from webapp.db.idempotency import StoredResponse
from webapp.http.access import Access, current_customer_id
from webapp.http.api import Api, ForeignQuery, Idempotency, Media
from webapp.http.context import runtime, transaction
from webapp.http.errors import build_error_envelope, camelize_details, get_http_status
from webapp.http.idempotency import (
    build_response,
    claim_idempotency_key,
    replay_response,
)
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import (
    AWAITING_PAYMENT,
    Actor,
    OrderStatus,
    PaymentStatus,
)
from webapp.orders.views import OrderView
from webapp.payments import service as payments
from webapp.payments.models import Payment
from webapp.search_analytics import service as search_analytics
from webapp.search_analytics.visitors import VISITOR_HEADER, hash_visitor

api = Api("Checkout")
STRIPE_EVENT = Media(
    "application/json",
    max_bytes=2 * 1024 * 1024,
    schema={
        "type": "object",
        "title": "StripeEvent",
        "description": "An event as Stripe sends it, with further fields that Stripe documents.",
        "properties": {
            "id": {"type": "string"},
            "object": {"const": "event"},
            "type": {"type": "string", "examples": ["payment_intent.succeeded"]},
            "created": {"type": "integer", "description": "Unix time in seconds"},
            "data": {"type": "object", "properties": {"object": {"type": "object"}}},
        },
        "required": ["id", "object", "type", "created", "data"],
    },
)


@api.post(
    "/orders",
    access=Access.CUSTOMER,
    body=PlaceOrder,
    returns={201: OrderView, 202: OrderView.example(**REQUIRES_ACTION_EXAMPLE)},
    errors=(402,),
    idempotency=Idempotency.OWN_TRANSACTIONS,
)
def place_order(body: PlaceOrder) -> Response:
    """Order what is in the cart and pay for it.

    201: paid. 202: the customer must authenticate (`actionUrl`, `clientSecret`), or the
    payment is still being processed; poll `GET /payment/status`. 402: declined. 409: the
    cart cannot be ordered, or its total is not `expectedTotal`, or without that not the one
    of the prices that the cart has shown (`TOTAL_CHANGED`, with the new one); nothing is
    charged. 409 `CART_ALREADY_ORDERED`, with its `orderId`: one cart is one order, with or
    without an `Idempotency-Key`; an order that still waits for an authentication is canceled
    and replaced. 409 `ORDER_CANCELLED`: canceled or expired before this response. 422
    `AMOUNT_TOO_SMALL`, `AMOUNT_TOO_LARGE`: no card can be charged this; a total of zero is
    paid without one. Send an `Idempotency-Key`, and a repeated request gets the same response.
    With an `X-Visitor-Id` the order counts for the searches that led to it: `POST /search/events`.
    """
    with claim_idempotency_key(owner_id=current_customer_id()) as attempt:
        if attempt.stored_response is not None:
            return replay_response(attempt.stored_response)
        rt = runtime()
        checkout = Checkout(
            rt.db, rt.payments, alerts=AlertThresholds.from_settings(rt.settings)
        )
        outcome = checkout.place(
            CheckoutRequest(
                owner_id=current_customer_id(),
                payment_method_id=body.payment_method_id,
                shipping_address=body.shipping_address.as_stored(),
                currency=body.currency,
                expected_total_minor=body.expected_total,
                idempotency_key=attempt.key,
            ),
            policy=CheckoutPolicy.from_settings(rt.settings),
        )
        with rt.db.unit_of_work() as session:
            order = checkout.record(session, outcome)
            response = _build_order_response(session, order)
            attempt.store_response(session, response)
        visitor = request.headers.get(VISITOR_HEADER)
        search_analytics.record_order(
            rt.search_events,
            order_id=order.id,
            visitor=hash_visitor(visitor, secret=rt.settings.require_jwt_secret()),
            now=utc_now(),
        )
        return build_response(response)


def _build_order_response(session: Session, order: Order) -> StoredResponse:
    is_waiting = orders.is_awaiting_payment(order)
    # The response about a paid order shows nothing of its payment: one query less.
    payment = (
        payments.find_payment(session, order_id=order.id)
        if is_waiting or order.status == OrderStatus.PAYMENT_FAILED
        else None
    )
    error = _build_closed_error(order, payment)
    if error is not None:
        details = camelize_details(error.details)
        return StoredResponse(
            get_http_status(error),
            build_error_envelope(error.code, error.message, details),
        )
    view = OrderView.from_order(
        order,
        client_secret=payment.client_secret if payment else None,
        action_url=payment.action_url if payment else None,
    )
    return StoredResponse(202 if is_waiting else 201, view.model_dump(mode="json"))


def _build_closed_error(order: Order, payment: Payment | None) -> CommerceError | None:
    """The error of a closed order; a repeated request may find that its order is closed."""
    if order.status == OrderStatus.PAYMENT_FAILED:
        return build_failure_error(
            order, decline_code=payment.decline_code if payment else None
        )
    if order.status == OrderStatus.CANCELLED:
        return OrderCancelled(order.id)
    return None


@api.post(
    "/orders/<uuid:order_id>/cancel",
    access=Access.CUSTOMER,
    returns=OrderView.example(**CANCELED_EXAMPLE),
    errors=(404, 409),
)
def cancel_order(order_id: UUID) -> OrderView:
    """Cancel an order that has not been shipped, and refund it."""
    with transaction() as session:
        orders.require_order(session, owner_id=current_customer_id(), order_id=order_id)
        order = steps.cancel_order(session, order_id=order_id, actor=Actor.CUSTOMER)
        return OrderView.from_order(order)


@api.get(
    "/payment/status",
    access=Access.CUSTOMER,
    query=StatusQuery,
    returns=PaymentStatusView,
    errors=(404,),
)
def show_payment_status(query: StatusQuery) -> PaymentStatusView:
    """The payment status of one of the customer's orders."""
    return _build_payment_status(query.order_id)


def _build_payment_status(order_id: UUID) -> PaymentStatusView:
    with transaction() as session:
        order = orders.require_order(
            session, owner_id=current_customer_id(), order_id=order_id
        )
        payment = payments.find_payment(session, order_id=order.id)
        open_payment = payment if orders.is_awaiting_payment(order) else None
        return PaymentStatusView(
            order_id=order.id,
            status=OrderStatus(order.status),
            payment_status=PaymentStatus(order.payment_status),
            payment_id=payment.intent_id if payment else None,
            intent_status=payment.status if payment else None,
            amount=order.total_minor,
            refunded=payment.refunded_minor if payment else 0,
            currency=order.currency,
            decline_code=payment.decline_code if payment else None,
            client_secret=open_payment.client_secret if open_payment else None,
            action_url=open_payment.action_url if open_payment else None,
        )


@api.post(
    "/payment",
    access=Access.CUSTOMER,
    body=StatusQuery,
    returns=PaymentStatusView,
    errors=(404, 409),
)
def show_payment_intent(body: StatusQuery) -> PaymentStatusView:
    """The client secret of an order's PaymentIntent, with which a browser continues the payment.

    409 when the order no longer awaits payment.
    """
    view = _build_payment_status(body.order_id)
    if view.status not in AWAITING_PAYMENT:
        raise NotAwaitingPayment(body.order_id, status=view.status)
    return view


@api.post(
    "/payment/webhook",
    access=Access.PUBLIC,
    query=ForeignQuery,
    body=STRIPE_EVENT,
    returns=WebhookView,
)
def receive_webhook(body: bytes) -> WebhookView:
    """Receive an event that Stripe has signed; what is new in it is done in the background.

    The signature in the `Stripe-Signature` header is computed over the raw bytes of the body.
    """
    receive_stripe_webhook(
        runtime().db,
        runtime().payments,
        payload=body,
        signature=request.headers.get("Stripe-Signature", ""),
    )
    return WebhookView()
