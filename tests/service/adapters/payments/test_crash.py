"""The simulator, killed at any time, restarts with everything that it had answered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.stripe_simulator import (
    RunningSimulator,
    running_simulator,
)
from tests.support.waiting import eventually
from tests.support.webhook_receiver import StripeWebhookReceiver
from webapp.adapters.payments.port import PaymentIntent, PaymentUnavailable
from webapp.adapters.payments.stripe import StripeGateway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def own_simulator(
    tmp_path: Path, receiver: StripeWebhookReceiver
) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path, webhook_port=receiver.port) as simulator:
        yield simulator


def charge(gateway: StripeGateway, order_id: str) -> PaymentIntent:
    return gateway.charge(
        order_id=order_id,
        amount_minor=2_500,
        currency="USD",
        payment_method_id="pm_card_visa",
        idempotency_key=order_id,
    )


def test_what_was_answered_before_the_crash_is_there_after_it(
    own_simulator: RunningSimulator, receiver: StripeWebhookReceiver
) -> None:
    gateway = own_simulator.build_gateway(retries=0)
    own_simulator.arm_fault("delay_webhook", count=None, seconds=3)
    order_id = str(uuid4())
    paid = charge(gateway, order_id)

    own_simulator.kill()
    with pytest.raises(PaymentUnavailable):
        gateway.retrieve_intent(paid.id)
    own_simulator.start()

    assert gateway.retrieve_intent(paid.id) == paid
    assert charge(gateway, order_id) == paid
    eventually(lambda: len(receiver.list_mentioning(order_id)) == 1)


def test_a_crash_under_load_loses_no_charge_and_makes_none_twice(
    own_simulator: RunningSimulator,
) -> None:
    gateway = own_simulator.build_gateway(retries=0)
    orders = [str(uuid4()) for _ in range(200)]
    answered: list[str] = []

    def try_to_charge(order_id: str) -> None:
        try:
            charge(gateway, order_id)
        except PaymentUnavailable:
            return
        answered.append(order_id)

    with ThreadPoolExecutor(6) as pool:
        for order_id in orders:
            pool.submit(try_to_charge, order_id)
        eventually(lambda: len(answered) >= 40)
        own_simulator.kill()
    assert len(answered) < len(orders)

    own_simulator.start()
    charges_after_crash = own_simulator.count_charges_by_order()
    for order_id in orders:
        assert charge(gateway, order_id).is_paid

    assert set(answered) <= charges_after_crash.keys()
    assert own_simulator.count_charges_by_order() == dict.fromkeys(orders, 1)
