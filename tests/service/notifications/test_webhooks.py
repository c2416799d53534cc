"""Events reach integrators: signed, tried for a day, set apart, sent again on demand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from tests.support.integrator import IntegratorServer, integrator_server
from tests.support.notification_harness import NotificationHarness
from webapp.config import Stage
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now
from webapp.webhooks import deliveries, service
from webapp.webhooks.errors import DeliveryPending
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from webapp.webhooks.service import EndpointDraft

DELIVER = "webhooks.deliver"


@pytest.fixture
def integrator() -> Iterator[IntegratorServer]:
    with integrator_server() as integrator:
        yield integrator


def listen(telling: NotificationHarness, url: str, *events: str) -> WebhookEndpoint:
    with telling.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(url, events or ("order.confirmed",))
        return service.register_endpoint(session, draft=draft)


def confirm_an_order(telling: NotificationHarness) -> UUID:
    order_id = telling.create_order(telling.create_customer())
    telling.enqueue_event("order.confirmed", order_id=order_id)
    telling.run_jobs("notifications.tell")
    return order_id


def the_delivery(telling: NotificationHarness) -> WebhookDelivery:
    with telling.runtime.db.unit_of_work() as session:
        return session.scalars(select(WebhookDelivery)).one()


def make_due(telling: NotificationHarness) -> None:
    with telling.runtime.db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.done_at.is_(None))
            .values(due_at=func.now() - timedelta(seconds=1))
        )


def test_an_event_arrives_signed_in_the_shape_of_the_api(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = listen(telling, integrator.url)
    order_id = confirm_an_order(telling)

    telling.run_jobs(DELIVER)

    [received] = integrator.received
    assert received.is_signed_with(endpoint.secret)
    event = received.event
    assert event.keys() == {"id", "type", "version", "createdAt", "data"}
    assert (event["type"], event["version"]) == ("order.confirmed", 1)
    assert event["data"]["order"]["orderId"] == str(order_id)
    assert event["data"]["order"]["totalAmount"] == 25.0
    assert received.headers["E-Com67-Event-Id"] == event["id"]
    delivery = the_delivery(telling)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)
    assert (delivery.last_status, delivery.last_response) == (200, "thanks")


def test_what_is_only_for_programs_is_not_mailed(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    listen(telling, integrator.url, "order.refunded")
    order_id = telling.create_order(telling.create_customer())
    telling.enqueue_event("order.refunded", order_id=order_id, only="webhook")

    telling.run_jobs("notifications.tell", "notifications.mail", DELIVER)

    assert [received.event["type"] for received in integrator.received] == [
        "order.refunded"
    ]
    assert telling.read_mails() == []


def test_only_who_listens_is_told_and_once(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    listen(telling, integrator.url, "order.shipped")
    asleep = listen(telling, integrator.url)
    with telling.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(asleep.url, asleep.events, is_active=False)
        service.update_endpoint(session, endpoint_id=asleep.id, draft=draft)
    listen(telling, integrator.url)
    order_id = confirm_an_order(telling)
    telling.enqueue_event("order.confirmed", order_id=order_id)

    telling.run_jobs("notifications.tell", DELIVER)

    assert len(integrator.received) == 1


def test_during_a_rotation_both_secrets_sign(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    before = listen(telling, integrator.url)
    with telling.runtime.db.unit_of_work() as session:
        after = service.rotate_secret(session, endpoint_id=before.id, now=utc_now())
    confirm_an_order(telling)

    telling.run_jobs(DELIVER)

    [received] = integrator.received
    assert received.is_signed_with(before.secret)
    assert received.is_signed_with(after.secret)
    assert before.secret != after.secret
    later = utc_now() + timedelta(hours=25)
    assert service.list_active_secrets(after, now=later) == [after.secret]


def test_a_refusal_is_tried_again_for_a_day_and_then_set_apart(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    integrator.status = 500
    listen(telling, integrator.url)
    confirm_an_order(telling)
    telling.run_jobs(DELIVER)
    first = the_delivery(telling)
    assert (first.status, first.attempts) == (DeliveryStatus.PENDING, 1)
    assert first.next_attempt_at is not None
    assert len(integrator.received) == 1, "its wait is not over"

    for _ in deliveries.RETRY_DELAYS_S:
        make_due(telling)
        telling.run_jobs(DELIVER)

    last = the_delivery(telling)
    assert (last.status, last.last_status) == (DeliveryStatus.FAILED, 500)
    assert (
        last.attempts == len(integrator.received) == len(deliveries.RETRY_DELAYS_S) + 1
    )
    assert 23 * 3600 < sum(deliveries.RETRY_DELAYS_S) < 25 * 3600
    assert len({received.event["id"] for received in integrator.received}) == 1


def test_what_was_set_apart_is_sent_again_on_demand(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    with telling.runtime.db.unit_of_work() as session:
        session.execute(update(WebhookDelivery).values(status=DeliveryStatus.FAILED))
    telling.run_jobs(DELIVER)
    assert integrator.received == []

    with telling.runtime.db.unit_of_work() as session:
        assert (
            deliveries.replay_failed_deliveries(session, endpoint_id=endpoint.id) == 1
        )
        assert (
            deliveries.replay_failed_deliveries(session, endpoint_id=endpoint.id) == 0
        )
    telling.run_jobs(DELIVER)

    assert len(integrator.received) == 1
    assert the_delivery(telling).status == DeliveryStatus.DELIVERED


@pytest.mark.parametrize("replayed", ["one", "all"])
def test_what_hangs_without_a_promise_is_sent_again_on_demand(
    telling: NotificationHarness, integrator: IntegratorServer, replayed: str
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    delivery = the_delivery(telling)

    def replay() -> None:
        with telling.runtime.db.unit_of_work() as session:
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
    with telling.runtime.db.unit_of_work() as session:
        session.execute(update(OutboxMessage).values(dead_lettered_at=func.now()))
    replay()
    telling.run_jobs(DELIVER)

    assert the_delivery(telling).status == DeliveryStatus.DELIVERED
    assert len(integrator.received) == 1


def test_what_waits_for_an_endpoint_that_is_disabled_is_set_apart(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    with telling.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(endpoint.url, endpoint.events, is_active=False)
        service.update_endpoint(session, endpoint_id=endpoint.id, draft=draft)

    assert telling.run_jobs(DELIVER) == 1

    assert integrator.received == []
    delivery = the_delivery(telling)
    assert delivery.status == DeliveryStatus.FAILED
    assert delivery.last_response == "the endpoint is disabled"


@pytest.mark.parametrize("stage", [Stage.PRODUCTION, Stage.STAGING])
def test_but_for_development_an_inside_address_is_refused_and_noted(
    telling: NotificationHarness, integrator: IntegratorServer, stage: Stage
) -> None:
    listen(telling, integrator.url)
    confirm_an_order(telling)
    settings = telling.runtime.settings.model_copy(update={"stage": stage})

    telling.run_jobs(DELIVER, runtime=replace(telling.runtime, settings=settings))

    assert integrator.received == []
    assert "not a public address" in (the_delivery(telling).last_response or "")


def test_an_endpoint_that_was_removed_is_not_told(
    telling: NotificationHarness, integrator: IntegratorServer
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    with telling.runtime.db.unit_of_work() as session:
        service.delete_endpoint(session, endpoint_id=endpoint.id)

    assert telling.run_jobs(DELIVER) == 1
    assert integrator.received == []
