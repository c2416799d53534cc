"""What a client is told when an order cannot be placed, paid or changed as it asks."""

from uuid import UUID

import pytest

from webapp.cart.errors import MixedCurrencies
from webapp.cart.issues import Issue, IssueCode
from webapp.checkout.errors import (
    CartEmpty,
    NotAwaitingPayment,
    OrderCancelled,
    OrderRefunded,
    OutOfStock,
    PaymentDeclined,
    TotalChanged,
    build_cart_error,
)
from webapp.kit.errors import CommerceError

ORDER, LAMP, SHADE = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("error", "message", "details"),
    [
        (CartEmpty(), "The cart is empty", {}),
        (
            TotalChanged(expected_minor=54_00, total_minor=64_80, currency="USD"),
            "The total is $64.80 now, not $54.00",
            {"total_amount": 64.8, "currency": "USD"},
        ),
        (
            PaymentDeclined(order_id=ORDER, decline_code="insufficient_funds"),
            "The payment was declined: try another card",
            {"order_id": ORDER, "decline_code": "insufficient_funds"},
        ),
        (
            OrderCancelled(ORDER),
            "The order has been canceled and any payment is refunded: order again",
            {"order_id": ORDER},
        ),
        (
            OrderRefunded(ORDER),
            "This order is fully refunded: cancel it instead",
            {"order_id": ORDER},
        ),
        (
            NotAwaitingPayment(ORDER, status="PAID"),
            "The order is PAID and is not awaiting payment",
            {"order_id": ORDER, "status": "PAID"},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_names_the_order_and_what_is_wrong(
    error: CommerceError, message: str, details: dict[str, object]
) -> None:
    assert (error.message, error.details) == (message, details)


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (IssueCode.MIXED_CURRENCIES, MixedCurrencies),
        (IssueCode.NOT_ENOUGH_STOCK, OutOfStock),
    ],
)
def test_every_issue_of_a_cart_is_named(
    code: IssueCode, error_class: type[CommerceError]
) -> None:
    error = build_cart_error(
        [
            Issue(IssueCode.PRODUCT_UNAVAILABLE, "Lamp is no longer sold", LAMP, LAMP),
            Issue(code, "Shade: no", SHADE, SHADE),
        ]
    )

    assert type(error) is error_class
    assert error.message == "Lamp is no longer sold; Shade: no"
    assert error.details == {
        "issues": [
            {
                "code": "PRODUCT_UNAVAILABLE",
                "message": "Lamp is no longer sold",
                "product_id": LAMP,
                "variant_id": LAMP,
            },
            {
                "code": code,
                "message": "Shade: no",
                "product_id": SHADE,
                "variant_id": SHADE,
            },
        ]
    }
