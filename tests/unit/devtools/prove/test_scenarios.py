from random import Random

from webapp.devtools.prove.chaos import KILL_TARGETS, draw_kills
from webapp.devtools.prove.scenarios import (
    THREE_D_SECURE,
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

    assert {1 <= units <= 5 for units in stock_levels[::3]} == {True}
    assert min(units for index, units in enumerate(stock_levels) if index % 3) == 1000


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
