from dataclasses import replace
from random import Random

from webapp.devtools.prove.chaos import KILL_TARGETS, draw_kills
from webapp.devtools.prove.scenarios import (
    HOT_PRODUCTS,
    MASTERCARD,
    THREE_D_SECURE,
    VISA,
    ChallengeOutcome,
    FollowUp,
    Impatience,
    Scenario,
    draw_scenarios,
    draw_stock_levels,
)


def seeded_random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable, not secret


def draw_workload(seed: int) -> list[object]:
    random = seeded_random(seed)
    stock_levels = draw_stock_levels(random, orders=500)
    return [
        stock_levels,
        *draw_scenarios(random, orders=500, stock_levels=stock_levels),
    ]


def test_a_seed_draws_the_same_scenarios_again() -> None:
    assert draw_workload(7) == draw_workload(7)
    assert draw_workload(7) != draw_workload(8)


def test_some_products_are_scarce_and_the_others_last_for_all_orders() -> None:
    stock_levels = draw_stock_levels(seeded_random(1), orders=500)

    others = stock_levels[HOT_PRODUCTS:]
    assert {1 <= units <= 5 for units in others[::3]} == {True}
    assert min(units for index, units in enumerate(others) if index % 3) == 1000


def test_many_buyers_want_the_hot_products_and_one_of_them_is_sold_out() -> None:
    random = seeded_random(1)
    stock_levels = draw_stock_levels(random, orders=500)
    scenarios = draw_scenarios(random, orders=500, stock_levels=stock_levels)

    hot = [
        scenario
        for scenario in scenarios
        if all(index < HOT_PRODUCTS for index, _ in scenario.items)
    ]
    wanted = sum(dict(scenario.items).get(0, 0) for scenario in hot)

    assert 150 < len(hot) < 250
    assert max(len(scenario.items) for scenario in hot) == HOT_PRODUCTS
    assert wanted > stock_levels[0]


def test_an_impatient_buyer_orders_one_cart_under_several_keys() -> None:
    patient = Scenario(
        "k1", ((0, 1),), VISA, 3, ChallengeOutcome.FAILS, FollowUp.CANCELS, presses=3
    )

    def list_attempts(impatience: Impatience) -> list[tuple[str, str]]:
        scenario = replace(patient, impatience=impatience)
        return [(attempt.key, attempt.card) for attempt in scenario.list_attempts()]

    assert patient.list_attempts() == [patient]
    assert list_attempts(Impatience.PRESSES_AGAIN) == [
        ("k1", VISA),
        ("k1-1", VISA),
        ("k1-2", VISA),
    ]
    assert list_attempts(Impatience.TWO_TABS) == [("k1", VISA), ("k1-1", MASTERCARD)]
    assert list_attempts(Impatience.LEAVES_OPEN) == [
        ("k1", THREE_D_SECURE),
        ("k1-1", VISA),
    ]


def test_every_impatience_is_drawn() -> None:
    random = seeded_random(1)

    scenarios = draw_scenarios(random, orders=500, stock_levels=[1] * 12)

    assert {scenario.impatience for scenario in scenarios} == set(Impatience)


def test_scenarios_have_distinct_keys_and_cover_all_concurrency_levels() -> None:
    random = seeded_random(1)
    stock_levels = draw_stock_levels(random, orders=500)

    scenarios = draw_scenarios(random, orders=500, stock_levels=stock_levels)

    assert len({scenario.key for scenario in scenarios}) == 500
    assert THREE_D_SECURE in {scenario.card for scenario in scenarios}
    assert {scenario.concurrency for scenario in scenarios} == {1, 2, 3, 5}


def test_every_part_is_killed_before_any_is_killed_twice() -> None:
    kills = draw_kills(seeded_random(1))

    first = [next(kills) for _ in KILL_TARGETS]

    assert sorted(target for _, target in first) == sorted(KILL_TARGETS)
    assert all(seconds > 0 for seconds, _ in first)
