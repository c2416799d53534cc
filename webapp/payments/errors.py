from uuid import UUID

from webapp.kit.errors import Conflict, Invalid
from webapp.kit.json import to_json_amount
from webapp.kit.money import format_money


class PaidElsewhere(Conflict):
    code = "PAID_ELSEWHERE"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "This order was paid outside this shop and cannot be refunded here",
            order_id=order_id,
        )


class RefundTooLarge(Conflict):
    code = "REFUND_TOO_LARGE"

    def __init__(self, *, left_minor: int, currency: str) -> None:
        super().__init__(
            f"{format_money(left_minor, currency)} of the charge are left to refund",
            left=to_json_amount(left_minor),
            currency=currency,
        )


class NothingToRefund(Conflict):
    code = "NOTHING_TO_REFUND"


class BadRefundItem(Invalid):
    """`field` is the one of the request that is wrong."""

    code = "BAD_REFUND_ITEM"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(f"{field}: {message}", field=field)


class RefundItemTooLarge(Conflict):
    """Less is left to refund of a line than `field` of the request says."""

    code = "REFUND_ITEM_TOO_LARGE"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(f"{field}: {message}", field=field)
