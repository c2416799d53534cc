import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.service.adapters.payments.conftest import Pay
from tests.support.serving import serving
from tests.support.stripe_simulator import API_KEY, SITE, RunningSimulator
from webapp.adapters.payments.port import (
    PaymentGateway,
    PaymentKeyReused,
    PaymentRequestRefused,
    RefundReceipt,
)
from webapp.adapters.payments.stripe import StripeGateway


def test_partial_refunds_are_possible_until_all_is_refunded(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")

    part = gateway.refund(
        intent_id=paid.id,
        amount_minor=900,
        reason="One cup came broken",
        idempotency_key=f"{order_id}-1",
    )
    rest = gateway.refund(
        intent_id=paid.id, reason="duplicate", idempotency_key=f"{order_id}-2"
    )

    assert (part.amount_minor, part.status) == (900, "succeeded")
    assert (part.intent_id, part.charge_id) == (paid.id, paid.charge_id)
    assert rest.amount_minor == 1_600
    assert simulator.sum_payments(order_id)["refunded_minor"] == 2_500


def test_the_reason_is_stored_and_passed_to_stripe_when_it_is_one_of_stripes(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    for number, reason in enumerate(["One cup came broken", "fraudulent"]):
        gateway.refund(
            intent_id=paid.id,
            amount_minor=100,
            reason=reason,
            idempotency_key=f"{order_id}-{number}",
        )

    refunds = simulator.build_sdk_client().v1.refunds.list(
        {"charge": paid.charge_id or ""}
    )

    assert [
        (refund.reason, refund.metadata and refund.metadata.to_dict()["reason"])
        for refund in refunds.data
    ] == [("fraudulent", "fraudulent"), (None, "One cup came broken")]


@pytest.mark.parametrize("amount_minor", [2_501, 0, -1])
def test_more_than_was_charged_or_nothing_cannot_be_refunded(
    amount_minor: int,
    gateway: PaymentGateway,
    simulator: RunningSimulator,
    pay: Pay,
    order_id: str,
) -> None:
    paid = pay("pm_card_visa")

    with pytest.raises(PaymentRequestRefused) as error:
        gateway.refund(
            intent_id=paid.id,
            amount_minor=amount_minor,
            reason="duplicate",
            idempotency_key=f"{order_id}-1",
        )

    assert error.value.details["param"] == "amount"
    assert simulator.sum_payments(order_id)["refunded_minor"] == 0


def test_what_is_refunded_cannot_be_refunded_again(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    gateway.refund(intent_id=paid.id, reason="", idempotency_key=f"{order_id}-1")

    with pytest.raises(PaymentRequestRefused) as error:
        gateway.refund(intent_id=paid.id, reason="", idempotency_key=f"{order_id}-2")

    assert error.value.details["stripe_code"] == "charge_already_refunded"


@pytest.mark.parametrize(
    "card", ["pm_card_chargeDeclined", "pm_card_threeDSecure2Required"]
)
def test_what_was_never_paid_cannot_be_refunded(
    card: str, gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    intent = pay(card)

    with pytest.raises(PaymentRequestRefused, match="successful charge"):
        gateway.refund(intent_id=intent.id, reason="", idempotency_key=order_id + "-r")


def test_a_repeated_refund_is_one_refund(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")

    receipts = {
        gateway.refund(
            intent_id=paid.id,
            amount_minor=500,
            reason="",
            idempotency_key=f"{order_id}-1",
        )
        for _ in range(3)
    }

    assert len(receipts) == 1
    assert simulator.sum_payments(order_id)["refunded_minor"] == 500


def test_a_refund_repeated_when_its_key_is_forgotten_is_one_refund(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    # As if a day had passed: Stripe knows the refund, but no longer the key.
    made = simulator.build_sdk_client().v1.refunds.create(
        {
            "payment_intent": paid.id,
            "amount": 500,
            "metadata": {"idempotency_key": f"{order_id}-1"},
        }
    )

    receipt = gateway.refund(
        intent_id=paid.id,
        amount_minor=500,
        reason="",
        idempotency_key=f"{order_id}-1",
    )

    assert (receipt.id, receipt.idempotency_key) == (made.id, f"{order_id}-1")
    assert simulator.sum_payments(order_id)["refunded_minor"] == 500


def test_a_key_refunds_one_intent_and_no_other(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    first, second = pay("pm_card_visa"), pay("pm_card_visa", key=f"{order_id}-again")
    gateway.refund(intent_id=first.id, reason="", idempotency_key=f"{order_id}-r")

    with pytest.raises(PaymentKeyReused):
        gateway.refund(intent_id=second.id, reason="", idempotency_key=f"{order_id}-r")

    assert gateway.list_refunds(second.id) == []
    assert simulator.sum_payments(order_id)["refunded_minor"] == 2_500


def test_a_refund_that_failed_is_not_effective(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    paid, declined = (
        pay("pm_card_visa"),
        pay("pm_card_chargeDeclined", key=f"{order_id}-d"),
    )
    made = gateway.refund(intent_id=paid.id, reason="", idempotency_key=order_id + "-r")
    assert made.is_effective

    simulator.fail_refund(made.id)

    [failed] = gateway.list_refunds(paid.id)
    assert (failed.id, failed.status, failed.is_effective) == (made.id, "failed", False)
    assert simulator.sum_payments(order_id)["refunded_minor"] == 0
    assert gateway.list_refunds(declined.id) == []


def test_a_refund_without_status_and_metadata_is_pending_and_not_the_shops() -> None:
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": 500,
        "status": None,
        "metadata": None,
        "payment_intent": "pi_1",
        "charge": "ch_1",
    }
    listed = {"object": "list", "has_more": False, "data": [refund]}
    answer = Response(json.dumps(listed), mimetype="application/json")
    server = make_server("127.0.0.1", 0, answer)
    gateway = StripeGateway(
        api_key=API_KEY,
        webhook_secret=None,
        site=SITE,
        api_base=f"http://127.0.0.1:{server.port}",
    )

    with serving(server):
        [receipt] = gateway.list_refunds("pi_1")

    assert receipt == RefundReceipt(
        id="re_1",
        status="pending",
        amount_minor=500,
        intent_id="pi_1",
        charge_id="ch_1",
        idempotency_key=None,
    )


def test_concurrent_refunds_never_exceed_the_charge(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    start = Barrier(8)

    def refund(number: int) -> bool:
        start.wait()
        try:
            gateway.refund(
                intent_id=paid.id,
                amount_minor=1_000,
                reason="",
                idempotency_key=f"{order_id}-{number}",
            )
        except PaymentRequestRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(refund, range(8)))

    assert accepted.count(True) == 2
    assert simulator.sum_payments(order_id)["refunded_minor"] == 2_000
