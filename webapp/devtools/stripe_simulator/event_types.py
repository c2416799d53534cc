"""The types of events that the simulator emits, by Stripe's names."""

DEFAULT_ENABLED_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""The events a shop needs. `payment_intent.created` and `charge.succeeded` carry no further
information and would cost two more requests an order."""
EVENT_TYPES = (
    *DEFAULT_ENABLED_EVENTS,
    "payment_intent.created",
    "charge.succeeded",
    "charge.failed",
    "charge.captured",
)
