"""Delivery of events to webhook endpoints, with retries.

An event becomes one delivery row per subscribed endpoint, with a job that delivers it. A
rejected delivery is not a failed job: the next attempt is enqueued in the transaction that
records the last one, and after a day of attempts the delivery fails and can be replayed by hand.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from webapp.db.outbox import enqueue
from webapp.kit import paging
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.kit.paging import Page
from webapp.notifications.event_data import EventData
from webapp.notifications.events import WEBHOOK_EVENTS, EventName
from webapp.webhooks import repository, service
from webapp.webhooks.errors import DeliveryNotFound, DeliveryPending
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery
from webapp.webhooks.payloads import build_payload

NAMESPACE = UUID("0d5c4a5e-9c0b-5f42-8a67-e67e67e67e67")
TEST = "webhook.test"
MAX_REPLAYED = 1000

MINUTE, HOUR = 60, 3_600
RETRY_DELAYS_S = (
    *(10, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 8 * HOUR),
)
"""Delays between the attempts: a day in total."""


def list_subscribed_endpoint_ids(
    session: Session, *, event: EventName
) -> Sequence[UUID]:
    if event not in WEBHOOK_EVENTS:
        return []
    return repository.list_subscribed_endpoint_ids(session, event)


def enqueue_deliveries(
    session: Session,
    endpoint_ids: Sequence[UUID],
    *,
    event: EventName,
    key: str,
    data: EventData,
) -> None:
    """Enqueue a delivery of the event to each endpoint; once, however often it is called."""
    if endpoint_ids:
        event_id = uuid5(NAMESPACE, key)
        body = build_payload(event, event_id, data)
        for endpoint_id in endpoint_ids:
            delivery_id = repository.insert_delivery(
                session,
                endpoint_id=endpoint_id,
                event_id=event_id,
                type=event,
                payload=body,
            )
            if delivery_id is not None:
                enqueue(session, "webhooks.deliver", delivery_id=delivery_id)


def enqueue_test_event(session: Session, *, endpoint_id: UUID) -> WebhookDelivery:
    """Enqueue an event without data, whether or not the endpoint is active."""
    endpoint = service.require_endpoint(session, endpoint_id=endpoint_id)
    event_id = new_id()
    delivery = WebhookDelivery(
        id=new_id(),
        endpoint_id=endpoint.id,
        event_id=event_id,
        type=TEST,
        payload=build_payload(TEST, event_id),
        status=DeliveryStatus.PENDING,
        next_attempt_at=utc_now(),
    )
    session.add(delivery)
    enqueue(session, "webhooks.deliver", delivery_id=delivery.id)
    session.flush()
    return delivery


def prepare_delivery(session: Session, *, delivery_id: UUID) -> WebhookDelivery | None:
    """The delivery with its endpoint; `None` when there is nothing to send.

    A pending delivery to an endpoint that has been disabled since is marked failed.
    """
    delivery = repository.find_delivery(session, delivery_id)
    if delivery is None or delivery.status != DeliveryStatus.PENDING:
        return None
    if not delivery.endpoint.is_active and delivery.type != TEST:
        delivery.status = DeliveryStatus.FAILED
        delivery.next_attempt_at = None
        delivery.last_response = "the endpoint is disabled"
        return None
    return delivery


def record_attempt(
    session: Session,
    *,
    delivery_id: UUID,
    accepted: bool,
    status: int | None,
    response: str,
) -> None:
    """Record an attempt; enqueue the next one, or mark the delivery failed after the last."""
    delivery = repository.find_delivery(session, delivery_id, locked=True)
    if delivery is None:
        return
    delays = RETRY_DELAYS_S[delivery.attempts : delivery.attempts + 1]
    delivery.attempts += 1
    delivery.last_status = status
    delivery.last_response = response
    delivery.next_attempt_at = None
    if accepted:
        delivery.status = DeliveryStatus.DELIVERED
        delivery.delivered_at = utc_now()
    elif delays and (delivery.endpoint.is_active or delivery.type == TEST):
        wait = timedelta(seconds=delays[0])
        delivery.next_attempt_at = utc_now() + wait
        enqueue(session, "webhooks.deliver", after=wait, delivery_id=delivery_id)
    else:
        delivery.status = DeliveryStatus.FAILED


def list_deliveries(
    session: Session,
    *,
    endpoint_id: UUID,
    status: DeliveryStatus | None,
    limit: int,
    last_key: str | None = None,
) -> Page[WebhookDelivery]:
    """Newest first. Raises `EndpointNotFound`."""
    service.require_endpoint(session, endpoint_id=endpoint_id)
    rows = repository.list_deliveries(
        session,
        endpoint_id=endpoint_id,
        status=status,
        after=paging.decode_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def replay_delivery(
    session: Session, *, endpoint_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    """Deliver a delivered or failed event again, under the same event id.

    Also a pending one for whose next attempt no job is open. Raises `DeliveryNotFound` and
    `DeliveryPending`.
    """
    delivery = repository.find_delivery(session, delivery_id, locked=True)
    if delivery is None or delivery.endpoint_id != endpoint_id:
        raise DeliveryNotFound(delivery_id)
    if repository.has_pending_attempt(session, delivery_id):
        raise DeliveryPending(delivery_id)
    _restart_delivery(session, delivery)
    return delivery


def replay_failed_deliveries(session: Session, *, endpoint_id: UUID) -> int:
    """Replay the oldest failed deliveries, up to `MAX_REPLAYED`; returns their number.

    Also pending ones for whose next attempt no job is open. Raises `EndpointNotFound`.
    """
    service.require_endpoint(session, endpoint_id=endpoint_id)
    rows = repository.lock_replayable_deliveries(
        session, endpoint_id=endpoint_id, limit=MAX_REPLAYED
    )
    for delivery in rows:
        _restart_delivery(session, delivery)
    return len(rows)


def _restart_delivery(session: Session, delivery: WebhookDelivery) -> None:
    delivery.status = DeliveryStatus.PENDING
    delivery.attempts = 0
    delivery.next_attempt_at = utc_now()
    delivery.delivered_at = None
    enqueue(session, "webhooks.deliver", delivery_id=delivery.id)


def erase_personal_data(session: Session, *, owner_id: UUID) -> None:
    """Reduce the shipping addresses of the customer's orders to the country, in deliveries that
    were sent and could be replayed, and in pending ones."""
    repository.redact_deliveries(session, owner_id=owner_id)


def delete_finished_deliveries(session: Session, *, older_than: timedelta) -> int:
    """Delete deliveries that are not pending; returns their number."""
    return repository.delete_finished_deliveries(session, older_than=older_than)
