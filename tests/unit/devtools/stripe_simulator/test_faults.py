import pytest
from pydantic import ValidationError

from webapp.devtools.stripe_simulator.faults import Fault, FaultKind, FaultRegistry

NOW = 1_000.0


def build_registry(*faults: Fault) -> FaultRegistry:
    registry = FaultRegistry()
    for fault in faults:
        registry.arm(fault)
    return registry


def test_a_fault_is_triggered_once_by_default() -> None:
    faults = build_registry(Fault(kind=FaultKind.DROP_REPLY))

    assert [set(faults.trigger_request_faults("refunds.create")) for _ in range(2)] == [
        {FaultKind.DROP_REPLY},
        set(),
    ]


def test_a_fault_is_triggered_by_its_target_only() -> None:
    faults = build_registry(Fault(kind=FaultKind.SLOW, target="refunds.create"))

    assert faults.trigger_request_faults("payment_intents.create") == {}
    assert set(faults.trigger_request_faults("refunds.create")) == {FaultKind.SLOW}


def test_the_same_seed_triggers_on_the_same_requests() -> None:
    def list_triggers(seed: int) -> list[bool]:
        fault = Fault(kind=FaultKind.SLOW, count=None, probability=0.3, seed=seed)
        return [fault.try_trigger("any") for _ in range(200)]

    assert list_triggers(1) == list_triggers(1)
    assert list_triggers(1) != list_triggers(2)
    assert 30 < sum(list_triggers(1)) < 90


def test_webhook_faults_do_not_affect_requests_and_vice_versa() -> None:
    faults = build_registry(
        Fault(kind=FaultKind.LOSE_WEBHOOK), Fault(kind=FaultKind.DROP_REPLY)
    )

    assert set(faults.trigger_request_faults("any")) == {FaultKind.DROP_REPLY}
    assert faults.plan_deliveries("any", NOW) == [None]
    assert faults.plan_deliveries("any", NOW) == [NOW]


def test_faults_decide_when_a_webhook_is_due() -> None:
    assert build_registry().plan_deliveries("any", NOW) == [NOW]
    assert build_registry(
        Fault(kind=FaultKind.DELAY_WEBHOOK, seconds=5)
    ).plan_deliveries("any", NOW) == [1_005]
    assert build_registry(
        Fault(kind=FaultKind.DUPLICATE_WEBHOOK),
        Fault(kind=FaultKind.DELAY_WEBHOOK, seconds=5),
    ).plan_deliveries("any", NOW) == [1_005, 1_005]
    [due] = build_registry(
        Fault(kind=FaultKind.REORDER_WEBHOOK, seconds=5)
    ).plan_deliveries("any", NOW)
    assert due is not None
    assert NOW < due < NOW + 5


def test_cleared_faults_are_not_triggered() -> None:
    faults = build_registry(Fault(kind=FaultKind.SLOW, count=None))
    faults.clear()

    assert faults.trigger_request_faults("any") == {}
    assert faults.list_faults() == []


@pytest.mark.parametrize(
    "body",
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
def test_an_invalid_fault_is_rejected(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(body)
