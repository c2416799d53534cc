from dataclasses import replace
from datetime import timedelta

import pytest

from webapp.payments.risk import MAX_SCORE, RULES, RiskFactors, assess_risk

TRUSTED = RiskFactors(
    total_minor=50_00,
    largest_quantity=1,
    account_age=timedelta(days=400),
    paid_orders=12,
    orders_last_hour=0,
    declined_last_day=0,
    new_country=False,
)


def test_a_regular_order_of_a_regular_customer_has_no_risk() -> None:
    assert assess_risk(TRUSTED).score == 0
    assert assess_risk(TRUSTED).reasons == ()


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({"total_minor": 999_99}, 0),
        ({"total_minor": 1_000_00}, 15),
        ({"total_minor": 5_000_00}, 45),
        ({"largest_quantity": 20}, 15),
        ({"account_age": timedelta(hours=23)}, 15),
        ({"paid_orders": 0}, 10),
        ({"orders_last_hour": 2}, 0),
        ({"orders_last_hour": 3}, 20),
        ({"orders_last_hour": 6}, 50),
        ({"declined_last_day": 2}, 20),
        ({"declined_last_day": 5}, 50),
        ({"new_country": True}, 10),
        ({"new_country": True, "paid_orders": 0}, 10),
    ],
)
def test_each_rule_adds_its_points(change: dict[str, object], score: int) -> None:
    assert assess_risk(replace(TRUSTED, **change)).score == score  # type: ignore[arg-type]


def test_all_rules_together_give_the_maximum_score_and_their_reasons() -> None:
    worst = RiskFactors(10**9, 99, timedelta(0), 0, 9, 9, new_country=True)

    assessment = assess_risk(worst)

    assert assessment.score == MAX_SCORE
    assert set(assessment.reasons) < {rule.reason for rule in RULES}
    assert "first order" in assessment.reasons
