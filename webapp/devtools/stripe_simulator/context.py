"""Context of one API operation: its repository, its time and the events that it emits."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.devtools.stripe_simulator.errors import Doc
from webapp.devtools.stripe_simulator.identifiers import new_id
from webapp.devtools.stripe_simulator.objects import API_VERSION
from webapp.devtools.stripe_simulator.repository import SimulatorRepository

DeliveryPlanner = Callable[[str, float], list[float | None]]
"""Returns the due times of an event's deliveries from its type and time; `None` is lost."""


@dataclass(frozen=True)
class OperationContext:
    repository: SimulatorRepository
    time: float
    address: str
    """Base URL of this server, for the links in its responses."""
    plan_deliveries: DeliveryPlanner
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def now(self) -> int:
        return int(self.time)

    def emit_event(self, kind: str, doc: Doc, *, previous: Doc | None = None) -> None:
        """Store an event with the object's current state, and schedule its deliveries."""
        due_times = self.plan_deliveries(kind, self.time)
        data: Doc = {"object": doc}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Doc = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": min(len(due_times), 1),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
        }
        self.repository.insert_object(event, parent=kind)
        for due in due_times:
            self.repository.schedule_delivery(event["id"], due)
