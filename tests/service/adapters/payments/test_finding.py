from datetime import timedelta

import pytest

from tests.service.adapters.payments.conftest import Pay
from webapp.adapters.payments.port import PaymentGateway
from webapp.kit.clock import utc_now


def test_a_payment_is_found_by_its_order(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")

    assert gateway.find_intent_by_order(order_id, since=utc_now()) == paid


def test_an_order_that_stripe_does_not_know_has_no_payment(
    gateway: PaymentGateway, order_id: str
) -> None:
    assert gateway.find_intent_by_order(order_id, since=utc_now()) is None


def test_of_several_intents_the_paid_one_is_found(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    pay("pm_card_chargeDeclined", key=f"{order_id}-again")

    assert gateway.find_intent_by_order(order_id, since=utc_now()) == paid


def test_an_intent_older_than_the_order_is_ignored(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    pay("pm_card_visa")

    later = utc_now() + timedelta(hours=1)
    assert gateway.find_intent_by_order(order_id, since=later) is None


@pytest.mark.slow
def test_finding_reads_all_pages(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    for number in range(101):
        gateway.create_intent(
            order_id="another",
            amount_minor=100,
            currency="USD",
            idempotency_key=f"{order_id}-{number}",
        )

    assert gateway.find_intent_by_order(order_id, since=utc_now()) == paid
