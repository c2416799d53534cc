from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import pytest

from tests.support.stripe_simulator import RunningSimulator, running_simulator
from tests.support.webhook_receiver import StripeWebhookReceiver, webhook_receiver
from webapp.adapters.payments.port import PaymentGateway, PaymentIntent


@pytest.fixture(scope="session")
def receiver() -> Iterator[StripeWebhookReceiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def shared_simulator(
    tmp_path_factory: pytest.TempPathFactory, receiver: StripeWebhookReceiver
) -> Iterator[RunningSimulator]:
    """One process for all: every test has orders of its own."""
    folder = tmp_path_factory.mktemp("stripe")
    with running_simulator(folder, webhook_port=receiver.port) as simulator:
        yield simulator


@pytest.fixture
def simulator(
    shared_simulator: RunningSimulator,
) -> Iterator[RunningSimulator]:
    yield shared_simulator
    shared_simulator.clear_faults()


@pytest.fixture
def gateway(simulator: RunningSimulator) -> PaymentGateway:
    return simulator.build_gateway()


@pytest.fixture
def order_id() -> str:
    return str(uuid4())


class Pay(Protocol):
    def __call__(
        self, card: str, *, amount_minor: int = 2_500, key: str | None = None
    ) -> PaymentIntent: ...


@dataclass(frozen=True)
class _Pay:
    gateway: PaymentGateway
    order_id: str

    def __call__(
        self, card: str, *, amount_minor: int = 2_500, key: str | None = None
    ) -> PaymentIntent:
        return self.gateway.charge(
            order_id=self.order_id,
            amount_minor=amount_minor,
            currency="USD",
            payment_method_id=card,
            idempotency_key=key or self.order_id,
            customer_email="ada@example.com",
        )


@pytest.fixture
def pay(gateway: PaymentGateway, order_id: str) -> Pay:
    """Charges the test's order to a card, under the order's id as the key."""
    return _Pay(gateway, order_id)
