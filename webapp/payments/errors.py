from uuid import UUID

from webapp.kit.errors import Conflict, NotFound


class PaymentNotFound(NotFound):
    code = "PAYMENT_NOT_FOUND"

    def __init__(self, order_id: UUID) -> None:
        super().__init__("The order has no payment", order_id=order_id)


class RefundTooLarge(Conflict):
    code = "REFUND_TOO_LARGE"


class NothingToRefund(Conflict):
    code = "NOTHING_TO_REFUND"
