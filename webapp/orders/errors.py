from uuid import UUID

from webapp.kit.errors import NotFound


class OrderNotFound(NotFound):
    code = "ORDER_NOT_FOUND"

    def __init__(self, order_id: UUID | int) -> None:
        super().__init__(
            f"The requested order {order_id} could not be found", order_id=order_id
        )
