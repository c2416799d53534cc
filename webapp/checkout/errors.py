from dataclasses import asdict
from uuid import UUID

from webapp.cart.errors import MixedCurrencies
from webapp.cart.issues import Issue, IssueCode
from webapp.kit.errors import Conflict, Invalid, PaymentRefused
from webapp.kit.json import to_json_amount
from webapp.kit.money import format_money


class CartEmpty(Invalid):
    code = "CART_EMPTY"

    def __init__(self) -> None:
        super().__init__("The cart is empty")


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
