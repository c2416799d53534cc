import pytest
from pydantic import ValidationError

from webapp.devtools.stripe_simulator.faults import Fault, FaultKind, FaultRegistry

NOW = 1_000.0


def armed(*faults: Fault) -> FaultRegistry:
    them = FaultRegistry()
    for fault in faults:
        them.arm(fault)
    return them


def test_a_fault_strikes_once_unless_told_otherwise() -> None:
    faults = armed(Fault(kind=FaultKind.DROP_REPLY))

    assert [set(faults.trigger_request_faults("refunds.create")) for _ in range(2)] == [
        {FaultKind.DROP_REPLY},
        set(),
    ]


def test_a_fault_waits_for_its_target() -> None:
    faults = armed(Fault(kind=FaultKind.SLOW, target="refunds.create"))

    assert faults.trigger_request_faults("payment_intents.create") == {}
    assert set(faults.trigger_request_faults("refunds.create")) == {FaultKind.SLOW}


def test_the_same_seed_strikes_the_same_requests() -> None:
    def struck(seed: int) -> list[bool]:
        fault = Fault(kind=FaultKind.SLOW, count=None, probability=0.3, seed=seed)
        return [fault.try_trigger("any") for _ in range(200)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_faults_of_webhooks_leave_requests_alone_and_the_reverse() -> None:
    faults = armed(Fault(kind=FaultKind.LOSE_WEBHOOK), Fault(kind=FaultKind.DROP_REPLY))

    assert set(faults.trigger_request_faults("any")) == {FaultKind.DROP_REPLY}
    assert faults.plan_deliveries("any", NOW) == [None]
    assert faults.plan_deliveries("any", NOW) == [NOW]


def test_a_webhook_is_due_when_its_faults_say() -> None:
    assert armed().plan_deliveries("any", NOW) == [NOW]
    assert armed(Fault(kind=FaultKind.DELAY_WEBHOOK, seconds=5)).plan_deliveries(
        "any", NOW
    ) == [1_005]
    assert armed(
        Fault(kind=FaultKind.DUPLICATE_WEBHOOK),
        Fault(kind=FaultKind.DELAY_WEBHOOK, seconds=5),
    ).plan_deliveries("any", NOW) == [1_005, 1_005]
    [due] = armed(Fault(kind=FaultKind.REORDER_WEBHOOK, seconds=5)).plan_deliveries(
        "any", NOW
    )
    assert due is not None
    assert NOW < due < NOW + 5


def test_cleared_faults_strike_nobody() -> None:
    faults = armed(Fault(kind=FaultKind.SLOW, count=None))
    faults.clear()

    assert faults.trigger_request_faults("any") == {}
    assert faults.list_faults() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "earthquake"},
        {"kind": "slow", "count": 0},
        {"kind": "slow", "probability": 0},
        {"kind": "slow", "probability": 1.1},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "struck": 3},
        {"kind": "slow", "sometimes": True},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(wrong)
