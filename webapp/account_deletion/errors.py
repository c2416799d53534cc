from webapp.kit.errors import Conflict


class OrdersUnderWay(Conflict):
    code = "ORDERS_UNDER_WAY"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Orders not sent yet: {count}. Cancel them, or wait until they are shipped",
            orders=count,
        )
