"""Events reach integrators: signed, tried for a day, set apart, sent again on demand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from tests.support.integrator import Integrator, integrator_server
from tests.support.telling import Telling
from webapp.config import Stage
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now
from webapp.webhooks import deliveries, service
from webapp.webhooks.errors import DeliveryPending
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from webapp.webhooks.service import EndpointDraft

DELIVER = "webhooks.deliver"


@pytest.fixture
def integrator() -> Iterator[Integrator]:
    with integrator_server() as integrator:
        yield integrator


def listen(telling: Telling, url: str, *events: str) -> WebhookEndpoint:
    with telling.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(url, events or ("order.confirmed",))
        return service.register(session, draft=draft)


def confirm_an_order(telling: Telling) -> UUID:
    order_id = telling.order(telling.customer())
    telling.happens("order.confirmed", order_id=order_id)
    telling.keep("notifications.tell")
    return order_id


def the_delivery(telling: Telling) -> WebhookDelivery:
    with telling.runtime.db.unit_of_work() as session:
        return session.scalars(select(WebhookDelivery)).one()


def make_due(telling: Telling) -> None:
    with telling.runtime.db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.done_at.is_(None))
            .values(due_at=func.now() - timedelta(seconds=1))
        )


def test_an_event_arrives_signed_in_the_shape_of_the_api(
    telling: Telling, integrator: Integrator
) -> None:
    endpoint = listen(telling, integrator.url)
    order_id = confirm_an_order(telling)

    telling.keep(DELIVER)

    [received] = integrator.got
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
    telling: Telling, integrator: Integrator
) -> None:
    listen(telling, integrator.url, "order.refunded")
    order_id = telling.order(telling.customer())
    telling.happens("order.refunded", order_id=order_id, only="webhook")

    telling.keep("notifications.tell", "notifications.mail", DELIVER)

    assert [received.event["type"] for received in integrator.got] == ["order.refunded"]
    assert telling.mails() == []


def test_only_who_listens_is_told_and_once(
    telling: Telling, integrator: Integrator
) -> None:
    listen(telling, integrator.url, "order.shipped")
    asleep = listen(telling, integrator.url)
    with telling.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(asleep.url, asleep.events, is_active=False)
        service.change(session, endpoint_id=asleep.id, draft=draft)
    listen(telling, integrator.url)
    order_id = confirm_an_order(telling)
    telling.happens("order.confirmed", order_id=order_id)

    telling.keep("notifications.tell", DELIVER)

    assert len(integrator.got) == 1


def test_during_a_rotation_both_secrets_sign(
    telling: Telling, integrator: Integrator
) -> None:
    before = listen(telling, integrator.url)
    with telling.runtime.db.unit_of_work() as session:
        after = service.rotate_secret(session, endpoint_id=before.id, now=utc_now())
    confirm_an_order(telling)

    telling.keep(DELIVER)

    [received] = integrator.got
    assert received.is_signed_with(before.secret)
    assert received.is_signed_with(after.secret)
    assert before.secret != after.secret
    later = utc_now() + timedelta(hours=25)
    assert service.live_secrets(after, now=later) == [after.secret]


def test_a_refusal_is_tried_again_for_a_day_and_then_set_apart(
    telling: Telling, integrator: Integrator
) -> None:
    integrator.status = 500
    listen(telling, integrator.url)
    confirm_an_order(telling)
    telling.keep(DELIVER)
    first = the_delivery(telling)
    assert (first.status, first.attempts) == (DeliveryStatus.PENDING, 1)
    assert first.next_try_at is not None
    assert len(integrator.got) == 1, "its wait is not over"

    for _ in deliveries.RETRY_AFTER_S:
        make_due(telling)
        telling.keep(DELIVER)

    last = the_delivery(telling)
    assert (last.status, last.last_status) == (DeliveryStatus.FAILED, 500)
    assert last.attempts == len(integrator.got) == len(deliveries.RETRY_AFTER_S) + 1
    assert 23 * 3600 < sum(deliveries.RETRY_AFTER_S) < 25 * 3600
    assert len({received.event["id"] for received in integrator.got}) == 1


def test_what_was_set_apart_is_sent_again_on_demand(
    telling: Telling, integrator: Integrator
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    with telling.runtime.db.unit_of_work() as session:
        session.execute(update(WebhookDelivery).values(status=DeliveryStatus.FAILED))
    telling.keep(DELIVER)
    assert integrator.got == []

    with telling.runtime.db.unit_of_work() as session:
        assert deliveries.replay_failed(session, endpoint_id=endpoint.id) == 1
        assert deliveries.replay_failed(session, endpoint_id=endpoint.id) == 0
    telling.keep(DELIVER)

    assert len(integrator.got) == 1
    assert the_delivery(telling).status == DeliveryStatus.DELIVERED


@pytest.mark.parametrize("replayed", ["one", "all"])
def test_what_hangs_without_a_promise_is_sent_again_on_demand(
    telling: Telling, integrator: Integrator, replayed: str
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    delivery = the_delivery(telling)

    def replay() -> None:
        with telling.runtime.db.unit_of_work() as session:
            if replayed == "all":
                if not deliveries.replay_failed(session, endpoint_id=endpoint.id):
                    raise DeliveryPending(delivery.id)
            else:
                deliveries.replay(
                    session, endpoint_id=endpoint.id, delivery_id=delivery.id
                )

    with pytest.raises(DeliveryPending):
        replay()
    with telling.runtime.db.unit_of_work() as session:
        session.execute(update(OutboxMessage).values(failed_at=func.now()))
    replay()
    telling.keep(DELIVER)

    assert the_delivery(telling).status == DeliveryStatus.DELIVERED
    assert len(integrator.got) == 1


def test_what_waits_for_an_endpoint_that_is_disabled_is_set_apart(
    telling: Telling, integrator: Integrator
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    with telling.runtime.db.unit_of_work() as session:
        draft = EndpointDraft(endpoint.url, endpoint.events, is_active=False)
        service.change(session, endpoint_id=endpoint.id, draft=draft)

    assert telling.keep(DELIVER) == 1

    assert integrator.got == []
    delivery = the_delivery(telling)
    assert delivery.status == DeliveryStatus.FAILED
    assert delivery.last_response == "the endpoint is disabled"


@pytest.mark.parametrize("stage", [Stage.PRODUCTION, Stage.STAGING])
def test_but_for_development_an_inside_address_is_refused_and_noted(
    telling: Telling, integrator: Integrator, stage: Stage
) -> None:
    listen(telling, integrator.url)
    confirm_an_order(telling)
    settings = telling.runtime.settings.model_copy(update={"stage": stage})

    telling.keep(DELIVER, runtime=replace(telling.runtime, settings=settings))

    assert integrator.got == []
    assert "not a public address" in (the_delivery(telling).last_response or "")


def test_an_endpoint_that_was_removed_is_not_told(
    telling: Telling, integrator: Integrator
) -> None:
    endpoint = listen(telling, integrator.url)
    confirm_an_order(telling)
    with telling.runtime.db.unit_of_work() as session:
        service.remove(session, endpoint_id=endpoint.id)

    assert telling.keep(DELIVER) == 1
    assert integrator.got == []
