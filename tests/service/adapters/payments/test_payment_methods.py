import pytest
import stripe

from tests.service.adapters.payments.conftest import Pay
from tests.support.stripe_simulator import RunningSimulator
from webapp.adapters.payments.port import PaymentRequestRefused


def create_payment_method(
    simulator: RunningSimulator, number: str, **more: object
) -> str:
    card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123", **more}
    made = simulator.build_sdk_client().raw_request(
        "post", "/v1/payment_methods", type="card", card=card
    )
    return str(made.data["id"])


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("4242424242424242", "succeeded"),
        ("4242 4242 4242 4242", "succeeded"),
        ("5555555555554444", "succeeded"),
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000009987", "lost_card"),
        ("4000000000009979", "stolen_card"),
        ("4000000000000069", "expired_card"),
        ("4000000000000127", "incorrect_cvc"),
        ("4000000000000119", "processing_error"),
        ("4000000000006975", "card_velocity_exceeded"),
        ("4100000000000019", "fraudulent"),
        ("4000002500003155", "requires_action"),
        ("4000002760003184", "requires_action"),
        ("4000000000003220", "requires_action"),
        ("4000000000003063", "requires_action"),
        ("4000000000003055", "succeeded"),
    ],
)
def test_a_test_card_number_behaves_as_stripe_documents(
    number: str, outcome: str, simulator: RunningSimulator, pay: Pay
) -> None:
    intent = pay(create_payment_method(simulator, number))

    assert outcome == (intent.decline_code or intent.status)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "4000056655665557"}, "incorrect_number"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
        ({"exp_year": 2100}, "invalid_expiry_year"),
        ({"cvc": "99"}, "invalid_cvc"),
        ({"number": "4539578763621486"}, "card_declined"),
    ],
)
def test_an_invalid_card_is_rejected_on_creation(
    change: dict[str, object], code: str, simulator: RunningSimulator
) -> None:
    number = str(change.pop("number", "4242424242424242"))

    with pytest.raises(stripe.CardError) as error:
        create_payment_method(simulator, number, **change)

    assert error.value.code == code


def test_a_card_is_shown_without_its_number(simulator: RunningSimulator) -> None:
    method_id = create_payment_method(simulator, "4000056655665556")

    shown = simulator.build_sdk_client().v1.payment_methods.retrieve(method_id)

    assert shown.card is not None
    assert (shown.card.brand, shown.card.funding, shown.card.last4) == (
        "visa",
        "debit",
        "5556",
    )
    assert "4000056655665556" not in str(shown)


def test_a_token_represents_a_card(simulator: RunningSimulator, pay: Pay) -> None:
    made = simulator.build_sdk_client().v1.payment_methods.create(
        {"type": "card", "card": {"token": "tok_visa_chargeDeclined"}}
    )

    assert pay(made.id).decline_code == "generic_decline"


def test_a_card_without_a_customer_pays_once(
    simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    method_id = create_payment_method(simulator, "4242424242424242")
    assert pay(method_id).is_paid

    with pytest.raises(PaymentRequestRefused, match="may not be used again"):
        pay(method_id, key=f"{order_id}-again")

    assert simulator.sum_payments(order_id)["charges"] == 1


def test_a_predefined_card_is_a_new_one_each_time(simulator: RunningSimulator) -> None:
    methods = simulator.build_sdk_client().v1.payment_methods

    assert methods.retrieve("pm_card_visa").id != methods.retrieve("pm_card_visa").id
