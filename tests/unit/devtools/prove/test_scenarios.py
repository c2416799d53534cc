from random import Random

from webapp.devtools.prove.chaos import KILL_TARGETS, draw_kills
from webapp.devtools.prove.scenarios import (
    THREE_D_SECURE,
    draw_scenarios,
    draw_stock_levels,
)


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable, not secret


def drawn(seed: int) -> list[object]:
    random = chance(seed)
    shelves = draw_stock_levels(random, orders=500)
    return [shelves, *draw_scenarios(random, orders=500, stock_levels=shelves)]


def test_a_seed_draws_the_same_again() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_some_shelves_are_scarce_and_the_others_last_for_everybody() -> None:
    shelves = draw_stock_levels(chance(1), orders=500)

    assert {1 <= units <= 5 for units in shelves[::3]} == {True}
    assert min(units for place, units in enumerate(shelves) if place % 3) == 1000


def test_errands_have_keys_of_their_own_and_all_that_can_happen() -> None:
    random = chance(1)
    shelves = draw_stock_levels(random, orders=500)

    errands = draw_scenarios(random, orders=500, stock_levels=shelves)

    assert len({errand.key for errand in errands}) == 500
    assert THREE_D_SECURE in {errand.card for errand in errands}
    assert {errand.concurrency for errand in errands} == {1, 2, 3, 5}


def test_everybody_is_killed_before_anybody_is_killed_twice() -> None:
    kills = draw_kills(chance(1))

    first = [next(kills) for _ in KILL_TARGETS]

    assert sorted(victim for _, victim in first) == sorted(KILL_TARGETS)
    assert all(seconds > 0 for seconds, _ in first)
