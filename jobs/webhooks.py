import json
from uuid import UUID

from jobs.context import JobContext
from webapp.adapters.webhooks.build import build_webhook_client
from webapp.adapters.webhooks.port import DeliveryResult
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.webhooks import deliveries, signing
from webapp.webhooks.models import WebhookDelivery
from webapp.webhooks.service import list_active_secrets


def deliver(runtime: Runtime, context: JobContext, *, delivery_id: str) -> None:
    """Attempt one delivery; recording a failed outcome enqueues the next attempt."""
    row_id = UUID(delivery_id)
    with runtime.db.unit_of_work() as session:
        delivery = deliveries.prepare_delivery(session, delivery_id=row_id)
    outcome = _send_delivery(runtime, delivery) if delivery is not None else None
    with runtime.db.unit_of_work() as session:
        if outcome is not None:
            deliveries.record_attempt(
                session,
                delivery_id=row_id,
                accepted=outcome.accepted,
                status=outcome.status,
                response=outcome.response,
            )
        context.mark_done(session)


def _send_delivery(runtime: Runtime, delivery: WebhookDelivery) -> DeliveryResult:
    endpoint, now = delivery.endpoint, utc_now()
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    signature = signing.build_signature_header(
        body,
        keys=list_active_secrets(endpoint, now=now),
        timestamp=int(now.timestamp()),
    )
    headers = {
        signing.SIGNATURE_HEADER: signature,
        "E-Com67-Event": delivery.type,
        "E-Com67-Event-Id": str(delivery.event_id),
        "User-Agent": "E-Com67-Webhooks/1",
    }
    return build_webhook_client(runtime.settings).post(endpoint.url, body, headers)
