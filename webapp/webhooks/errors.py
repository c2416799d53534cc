from uuid import UUID

from webapp.kit.errors import Conflict, Invalid, NotFound


class EndpointNotFound(NotFound):
    code = "WEBHOOK_ENDPOINT_NOT_FOUND"

    def __init__(self, endpoint_id: UUID) -> None:
        super().__init__("There is no such endpoint", endpoint_id=endpoint_id)


class DeliveryNotFound(NotFound):
    code = "WEBHOOK_DELIVERY_NOT_FOUND"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__("This endpoint has no such delivery", delivery_id=delivery_id)


class DeliveryPending(Conflict):
    code = "WEBHOOK_DELIVERY_PENDING"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__(
            "The delivery is still pending; it cannot be replayed yet",
            delivery_id=delivery_id,
        )


class UnknownEvents(Invalid):
    code = "UNKNOWN_EVENTS"

    def __init__(self, unknown: list[str], *, known: list[str]) -> None:
        super().__init__(
            f"No such events: {', '.join(unknown)}", unknown=unknown, known=known
        )
