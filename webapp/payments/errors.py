from uuid import UUID

from webapp.kit.errors import Conflict


class PaidElsewhere(Conflict):
    code = "PAID_ELSEWHERE"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "This order was paid outside this shop and cannot be refunded here",
            order_id=order_id,
        )


class RefundTooLarge(Conflict):
    code = "REFUND_TOO_LARGE"


class NothingToRefund(Conflict):
    code = "NOTHING_TO_REFUND"
