"""Events on their way to endpoints.

An event becomes a row for each endpoint that listens, with the promise to deliver it. A
refused delivery is no failed job: the next try is promised in the transaction that notes
the last one, and after a day of tries the row is set apart, to be replayed by hand.
"""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from webapp.db.outbox import enqueue
from webapp.kit import paging
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.kit.paging import Page
from webapp.notifications.event_data import EventData
from webapp.notifications.events import WEBHOOK_EVENTS
from webapp.webhooks import repository, service
from webapp.webhooks.errors import DeliveryNotFound, DeliveryPending
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery
from webapp.webhooks.payloads import build_payload

NAMESPACE = UUID("0d5c4a5e-9c0b-5f42-8a67-e67e67e67e67")
TEST = "webhook.test"
REPLAYED_AT_ONCE = 1000

MINUTE, HOUR = 60, 3_600
RETRY_DELAYS_S = (
    *(10, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 8 * HOUR),
)
"""Waits between the tries: a day altogether."""


def publish_event(session: Session, *, event: str, key: str, data: EventData) -> None:
    """Promise the event to everybody who listens; once, however often it is published."""
    if event not in WEBHOOK_EVENTS:
        return
    listeners = repository.list_subscribed_endpoint_ids(session, event)
    if listeners:
        event_id = uuid5(NAMESPACE, key)
        body = build_payload(event, event_id, data)
        for endpoint_id in listeners:
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
    """An event that means nothing, whether or not the endpoint is active."""
    endpoint = service.require_endpoint(session, endpoint_id=endpoint_id)
    event_id = new_id()
    delivery = WebhookDelivery(
        id=new_id(),
        endpoint_id=endpoint.id,
        event_id=event_id,
        type=TEST,
        payload=build_payload(TEST, event_id, {}),
        status=DeliveryStatus.PENDING,
        next_attempt_at=utc_now(),
    )
    session.add(delivery)
    enqueue(session, "webhooks.deliver", delivery_id=delivery.id)
    session.flush()
    return delivery


def prepare_delivery(session: Session, *, delivery_id: UUID) -> WebhookDelivery | None:
    """With its endpoint; `None` when there is nothing to send any more.

    What waited for an endpoint that was disabled meanwhile is set apart.
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
    """Write a try down; promise the next one, or set the delivery apart after the last."""
    delivery = repository.find_delivery(session, delivery_id, locked=True)
    if delivery is None:
        return
    waits = RETRY_DELAYS_S[delivery.attempts : delivery.attempts + 1]
    delivery.attempts += 1
    delivery.last_status = status
    delivery.last_response = response
    delivery.next_attempt_at = None
    if accepted:
        delivery.status = DeliveryStatus.DELIVERED
        delivery.delivered_at = utc_now()
    elif waits and (delivery.endpoint.is_active or delivery.type == TEST):
        wait = timedelta(seconds=waits[0])
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
    """Deliver once more what was delivered or set apart, under the same event id.

    Also what waits for a try that nobody promises any more. Raises `DeliveryNotFound` and
    `DeliveryPending`.
    """
    delivery = repository.find_delivery(session, delivery_id, locked=True)
    if delivery is None or delivery.endpoint_id != endpoint_id:
        raise DeliveryNotFound(delivery_id)
    if repository.has_pending_attempt(session, delivery_id):
        raise DeliveryPending(delivery_id)
    _start_again(session, delivery)
    return delivery


def replay_failed_deliveries(session: Session, *, endpoint_id: UUID) -> int:
    """Deliver once more what was set apart, the oldest thousand; returns how many."""
    service.require_endpoint(session, endpoint_id=endpoint_id)
    rows = repository.lock_replayable_deliveries(
        session, endpoint_id=endpoint_id, limit=REPLAYED_AT_ONCE
    )
    for delivery in rows:
        _start_again(session, delivery)
    return len(rows)


def _start_again(session: Session, delivery: WebhookDelivery) -> None:
    delivery.status = DeliveryStatus.PENDING
    delivery.attempts = 0
    delivery.next_attempt_at = utc_now()
    delivery.delivered_at = None
    enqueue(session, "webhooks.deliver", delivery_id=delivery.id)


def erase_personal_data(session: Session, *, owner_id: UUID) -> None:
    """Of where the customer's orders went, only the country stays: in what was sent and
    could be replayed, and in what is still to be sent."""
    repository.redact_deliveries(session, owner_id=owner_id)


def delete_finished_deliveries(session: Session, *, older_than: timedelta) -> int:
    """Delete deliveries that are over; returns how many."""
    return repository.delete_finished_deliveries(session, older_than=older_than)
