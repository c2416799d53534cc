from dataclasses import asdict
from uuid import UUID

from webapp.adapters.payments.port import MAX_CHARGE_MINOR
from webapp.cart.errors import MixedCurrencies
from webapp.cart.issues import Issue, IssueCode
from webapp.kit.errors import (
    CommerceError,
    Conflict,
    Invalid,
    PaymentRefused,
    Unprocessable,
)
from webapp.kit.json import to_json_amount
from webapp.kit.money import format_money
from webapp.orders.models import Order
from webapp.orders.read_models import LatestOrder
from webapp.orders.status import OrderEventType, OrderStatus


class CartEmpty(Invalid):
    code = "CART_EMPTY"

    def __init__(self) -> None:
        super().__init__("The cart is empty")


class CartAlreadyOrdered(Conflict):
    """The cart's contents are in an order that awaits payment or has just been paid."""

    code = "CART_ALREADY_ORDERED"

    def __init__(self, order: LatestOrder) -> None:
        super().__init__(
            f"The cart is already ordered, as order {order.number}, which is "
            f"{order.status}: see its payment status, or cancel it to order anew",
            order_id=order.id,
            status=order.status,
        )
        self.order = order

    @property
    def is_replaceable(self) -> bool:
        """Whether the order waits for its customer, not for Stripe."""
        return self.order.status == OrderStatus.REQUIRES_ACTION


class AmountTooSmall(Unprocessable):
    code = "AMOUNT_TOO_SMALL"

    def __init__(self, *, minimum_minor: int | None, currency: str) -> None:
        least = (
            f" of less than {format_money(minimum_minor, currency)}"
            if minimum_minor is not None
            else f" of so little in {currency}"
        )
        super().__init__(
            f"A payment{least} cannot be made: add something to the cart",
            minimum=None if minimum_minor is None else to_json_amount(minimum_minor),
            currency=currency,
        )


class AmountTooLarge(Unprocessable):
    code = "AMOUNT_TOO_LARGE"

    def __init__(self, *, maximum_minor: int, currency: str) -> None:
        super().__init__(
            f"A payment of more than {format_money(maximum_minor, currency)} cannot be "
            "made: split the cart into several orders",
            maximum=to_json_amount(maximum_minor),
            currency=currency,
        )


class PaymentMethodRequired(Invalid):
    code = "PAYMENT_METHOD_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Send a paymentMethodId: only a free order needs none")


class PaymentMethodUnknown(Invalid):
    code = "PAYMENT_METHOD_UNKNOWN"

    def __init__(self, payment_method_id: str, *, order_id: UUID) -> None:
        super().__init__(
            f"There is no payment method {payment_method_id}: create one with Stripe.js "
            "and send its id, pm_…",
            order_id=order_id,
        )


class OutOfStock(Conflict):
    code = "OUT_OF_STOCK"


def build_cart_error(issues: list[Issue]) -> Conflict:
    """Build the error for a cart with these issues: `MixedCurrencies` or `OutOfStock`."""
    mixed = any(issue.code == IssueCode.MIXED_CURRENCIES for issue in issues)
    error_class = MixedCurrencies if mixed else OutOfStock
    return error_class(
        "; ".join(issue.message for issue in issues),
        issues=[asdict(issue) for issue in issues],
    )


class TotalChanged(Conflict):
    code = "TOTAL_CHANGED"

    def __init__(self, *, expected_minor: int, total_minor: int, currency: str) -> None:
        super().__init__(
            f"The total is {format_money(total_minor, currency)} now, "
            f"not {format_money(expected_minor, currency)}",
            total_amount=to_json_amount(total_minor),
            currency=currency,
        )


class PaymentDeclined(PaymentRefused):
    code = "PAYMENT_DECLINED"

    def __init__(self, *, order_id: UUID, decline_code: str | None) -> None:
        super().__init__(
            "The payment was declined: try another card",
            order_id=order_id,
            decline_code=decline_code,
        )


def build_failure_error(order: Order, *, decline_code: str | None) -> CommerceError:
    """Build the error for an order whose payment failed: its card was declined, or Stripe has
    rejected the request."""
    rejections = (
        event.details
        for event in order.events
        if event.type == OrderEventType.PAYMENT_REJECTED
    )
    match next(rejections, {}):
        case {"stripe_code": "amount_too_small"}:
            return AmountTooSmall(minimum_minor=None, currency=order.currency)
        case {"stripe_code": "amount_too_large"}:
            return AmountTooLarge(
                maximum_minor=MAX_CHARGE_MINOR, currency=order.currency
            )
        case {"stripe_code": "resource_missing", "param": "payment_method"}:
            return PaymentMethodUnknown(
                order.payment_method_id or "", order_id=order.id
            )
    return PaymentDeclined(order_id=order.id, decline_code=decline_code)


class OrderCancelled(Conflict):
    code = "ORDER_CANCELLED"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "The order has been canceled and any payment is refunded: order again",
            order_id=order_id,
        )


class OrderRefunded(Conflict):
    code = "ORDER_REFUNDED"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "This order is fully refunded: cancel it instead",
            order_id=order_id,
        )


class NotAwaitingPayment(Conflict):
    code = "NOT_AWAITING_PAYMENT"

    def __init__(self, order_id: UUID, *, status: str) -> None:
        super().__init__(
            f"The order is {status} and is not awaiting payment",
            order_id=order_id,
            status=status,
        )
