"""Delivery of events to integrators: signatures, retries for a day, and replay on demand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from tests.support.integrator import IntegratorServer, integrator_server
from tests.support.notification_harness import NotificationHarness
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.webhooks import deliveries, service
from webapp.webhooks.errors import DeliveryPending
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from webapp.webhooks.service import EndpointDraft

DELIVER = "webhooks.deliver"


@pytest.fixture
def integrator() -> Iterator[IntegratorServer]:
    with integrator_server() as integrator:
        yield integrator


def register_endpoint(
    harness: NotificationHarness, url: str, *events: str
) -> WebhookEndpoint:
    with harness.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(url, [*events] or ["order.confirmed"])
        return service.register_endpoint(session, draft=draft)


def confirm_an_order(harness: NotificationHarness) -> UUID:
    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.confirmed", order_id=order_id)
    harness.run_jobs("notifications.tell")
    return order_id


def load_delivery(harness: NotificationHarness) -> WebhookDelivery:
    with harness.runtime.db.unit_of_work() as session:
        return session.scalars(select(WebhookDelivery)).one()


def make_due(harness: NotificationHarness) -> None:
    with harness.runtime.db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.done_at.is_(None))
            .values(due_at=func.now() - timedelta(seconds=1))
        )


def test_an_event_arrives_signed_in_the_shape_of_the_api(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = register_endpoint(harness, integrator.url)
    order_id = confirm_an_order(harness)

    harness.run_jobs(DELIVER)

    [received] = integrator.received
    assert received.is_signed_with(endpoint.secret)
    event = received.event
    assert event.keys() == {"id", "type", "version", "createdAt", "data"}
    assert (event["type"], event["version"]) == ("order.confirmed", 1)
    assert event["data"]["order"]["orderId"] == str(order_id)
    assert event["data"]["order"]["totalAmount"] == 25.0
    assert received.headers["E-Com67-Event-Id"] == event["id"]
    delivery = load_delivery(harness)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)
    assert (delivery.last_status, delivery.last_response) == (200, "thanks")


def test_an_event_only_for_webhooks_is_not_mailed(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    register_endpoint(harness, integrator.url, "order.refunded")
    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.refunded", order_id=order_id, only="webhook")

    harness.run_jobs("notifications.tell", "notifications.mail", DELIVER)

    assert [received.event["type"] for received in integrator.received] == [
        "order.refunded"
    ]
    assert harness.read_mails() == []


def test_the_event_of_a_refund_has_its_amount_the_total_and_an_id(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    register_endpoint(harness, integrator.url, "order.refunded")
    order_id = harness.create_order(harness.create_customer())
    first, second = str(new_id()), str(new_id())
    for refund_id, total in ((first, 100), (second, 200)):
        harness.enqueue_event(
            "order.refunded",
            order_id=order_id,
            refund_id=refund_id,
            refund_minor=100,
            refunded_minor=total,
        )

    harness.run_jobs("notifications.tell", "notifications.mail", DELIVER)

    refunds = [received.event["data"]["refund"] for received in integrator.received]
    assert sorted(refunds, key=lambda refund: refund["totalRefunded"]) == [
        {"refundId": first, "amount": 1.0, "totalRefunded": 1.0, "currency": "USD"},
        {"refundId": second, "amount": 1.0, "totalRefunded": 2.0, "currency": "USD"},
    ]
    for mail, refund_id in zip(
        sorted(map(str, harness.read_mails()), key=lambda text: second in text),
        (first, second),
        strict=True,
    ):
        assert refund_id in mail
        assert "$1.00" in mail


def test_only_active_subscribers_get_the_event_and_once(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    register_endpoint(harness, integrator.url, "order.shipped")
    inactive = register_endpoint(harness, integrator.url)
    with harness.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(inactive.url, inactive.events, is_active=False)
        service.update_endpoint(session, endpoint_id=inactive.id, draft=draft)
    register_endpoint(harness, integrator.url)
    order_id = confirm_an_order(harness)
    harness.enqueue_event("order.confirmed", order_id=order_id)

    harness.run_jobs("notifications.tell", DELIVER)

    assert len(integrator.received) == 1


def test_during_a_rotation_both_secrets_sign(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    before = register_endpoint(harness, integrator.url)
    with harness.runtime.db.unit_of_work() as session:
        after = service.rotate_secret(session, endpoint_id=before.id, now=utc_now())
    confirm_an_order(harness)

    harness.run_jobs(DELIVER)

    [received] = integrator.received
    assert received.is_signed_with(before.secret)
    assert received.is_signed_with(after.secret)
    assert before.secret != after.secret
    later = utc_now() + timedelta(hours=25)
    assert service.list_active_secrets(after, now=later) == [after.secret]


def test_a_rejected_delivery_is_retried_for_a_day_and_then_failed(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    integrator.status = 500
    register_endpoint(harness, integrator.url)
    confirm_an_order(harness)
    harness.run_jobs(DELIVER)
    first = load_delivery(harness)
    assert (first.status, first.attempts) == (DeliveryStatus.PENDING, 1)
    assert first.next_attempt_at is not None
    assert len(integrator.received) == 1, "its retry delay is not over"

    for _ in deliveries.RETRY_DELAYS_S:
        make_due(harness)
        harness.run_jobs(DELIVER)

    last = load_delivery(harness)
    assert (last.status, last.last_status) == (DeliveryStatus.FAILED, 500)
    assert (
        last.attempts == len(integrator.received) == len(deliveries.RETRY_DELAYS_S) + 1
    )
    assert 23 * 3600 < sum(deliveries.RETRY_DELAYS_S) < 25 * 3600
    assert len({received.event["id"] for received in integrator.received}) == 1


def test_a_failed_delivery_is_sent_again_on_demand(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = register_endpoint(harness, integrator.url)
    confirm_an_order(harness)
    with harness.runtime.db.unit_of_work() as session:
        session.execute(update(WebhookDelivery).values(status=DeliveryStatus.FAILED))
    harness.run_jobs(DELIVER)
    assert integrator.received == []

    with harness.runtime.db.unit_of_work() as session:
        assert (
            deliveries.replay_failed_deliveries(session, endpoint_id=endpoint.id) == 1
        )
        assert (
            deliveries.replay_failed_deliveries(session, endpoint_id=endpoint.id) == 0
        )
    harness.run_jobs(DELIVER)

    assert len(integrator.received) == 1
    assert load_delivery(harness).status == DeliveryStatus.DELIVERED


@pytest.mark.parametrize("replayed", ["one", "all"])
def test_a_pending_delivery_without_an_open_job_is_sent_again_on_demand(
    harness: NotificationHarness, integrator: IntegratorServer, replayed: str
) -> None:
    endpoint = register_endpoint(harness, integrator.url)
    confirm_an_order(harness)
    delivery = load_delivery(harness)

    def replay() -> None:
        with harness.runtime.db.unit_of_work() as session:
            if replayed == "all":
                if not deliveries.replay_failed_deliveries(
                    session, endpoint_id=endpoint.id
                ):
                    raise DeliveryPending(delivery.id)
            else:
                deliveries.replay_delivery(
                    session, endpoint_id=endpoint.id, delivery_id=delivery.id
                )

    with pytest.raises(DeliveryPending):
        replay()
    with harness.runtime.db.unit_of_work() as session:
        session.execute(update(OutboxMessage).values(dead_lettered_at=func.now()))
    replay()
    harness.run_jobs(DELIVER)

    assert load_delivery(harness).status == DeliveryStatus.DELIVERED
    assert len(integrator.received) == 1


def test_a_pending_delivery_to_a_disabled_endpoint_is_failed(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = register_endpoint(harness, integrator.url)
    confirm_an_order(harness)
    with harness.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(endpoint.url, endpoint.events, is_active=False)
        service.update_endpoint(session, endpoint_id=endpoint.id, draft=draft)

    assert harness.run_jobs(DELIVER) == 1

    assert integrator.received == []
    delivery = load_delivery(harness)
    assert delivery.status == DeliveryStatus.FAILED
    assert delivery.last_response == "the endpoint is disabled"


def test_a_private_address_is_rejected_and_recorded(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    register_endpoint(harness, integrator.url)
    confirm_an_order(harness)
    settings = harness.runtime.settings.model_copy(
        update={"webhooks_to_private_addresses": False}
    )

    harness.run_jobs(DELIVER, runtime=replace(harness.runtime, settings=settings))

    assert integrator.received == []
    assert "not a public address" in (load_delivery(harness).last_response or "")


def test_a_removed_endpoint_gets_no_event(
    harness: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = register_endpoint(harness, integrator.url)
    confirm_an_order(harness)
    with harness.runtime.db.unit_of_work() as session:
        service.delete_endpoint(session, endpoint_id=endpoint.id)

    assert harness.run_jobs(DELIVER) == 1
    assert integrator.received == []
