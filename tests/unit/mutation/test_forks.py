import json
import time
from pathlib import Path

import pytest

from tests.mutation.forks import (
    QUICKEST_TESTS_S,
    MutantForks,
    Plan,
    Stats,
    deal_out,
    load_plan,
)

FUNCTION = "webapp.cart.service.x_view_cart"
MUTANTS = [f"{FUNCTION}__mutmut_{number}" for number in range(1, 21)]
UNTESTED = "webapp.cart.service.x_empty__mutmut_1"


def build_forks(
    folder: Path, mutants: list[str], *, seconds_left: float
) -> MutantForks:
    plan = Plan(
        folder=str(folder),
        mutants=mutants,
        deadline=time.time() + seconds_left,
        children=2,
        timeout_constant_s=10,
        timeout_multiplier=5,
    )
    forks = MutantForks(plan)
    forks.stats = Stats(
        seconds={"slow": 2.0, "quick": 0.5, "other": 0.1},
        tests={FUNCTION: {"slow", "quick"}},
    )
    return forks


def test_the_plan_survives_its_file(tmp_path: Path) -> None:
    plan = build_forks(tmp_path, MUTANTS, seconds_left=60).plan

    assert load_plan(str(plan.write())) == plan


def test_a_mutant_runs_the_tests_that_reach_it_the_quickest_first(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    forks = build_forks(tmp_path, MUTANTS[:1], seconds_left=60)
    by_id = dict.fromkeys(["slow", "quick", "other"], request.node)

    [task] = forks.iter_mutants(by_id)

    assert forks.stats.find_tests(MUTANTS[0]) == ["quick", "slow"]
    assert len(task.items) == 2
    assert (task.mutant, task.time_limit_s) == (MUTANTS[0], 10 + 5 * 2.5)


def test_all_mutants_come_in_an_order_of_their_own_that_is_always_the_same(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    by_id = dict.fromkeys(["slow", "quick"], request.node)
    first, second = (
        [task.mutant for task in forks.iter_mutants(by_id)]
        for forks in (
            build_forks(tmp_path, MUTANTS, seconds_left=60),
            build_forks(tmp_path, MUTANTS[::-1], seconds_left=60),
        )
    )

    assert sorted(first, key=str) == sorted(MUTANTS)
    assert first == second != sorted(MUTANTS)


def test_a_mutant_that_no_test_reaches_is_a_result_at_once(tmp_path: Path) -> None:
    forks = build_forks(tmp_path, [UNTESTED], seconds_left=60)

    assert list(forks.iter_mutants({})) == []
    assert json.loads(forks.plan.results_file.read_text()) == [UNTESTED, 33, 0, True]


def test_when_the_time_is_over_nothing_is_tried(tmp_path: Path) -> None:
    forks = build_forks(tmp_path, [*MUTANTS, UNTESTED], seconds_left=-1)

    assert list(forks.iter_mutants({})) == []
    assert not forks.plan.results_file.exists()


def test_stats_of_several_forks_add_up() -> None:
    stats = Stats()
    for test in ("a", "b"):
        part = Stats(seconds={test: 1.0}, tests={FUNCTION: {test}}, modules={test})
        stats.add_json(part.to_json())

    assert stats == Stats(
        seconds={"a": 1.0, "b": 1.0}, tests={FUNCTION: {"a", "b"}}, modules={"a", "b"}
    )


def test_each_test_is_dealt_out_once_and_files_stay_together(
    request: pytest.FixtureRequest,
) -> None:
    items = request.session.items

    shards = deal_out(items, 3)

    assert sorted(item.nodeid for shard in shards for item in shard) == sorted(
        item.nodeid for item in items
    )
    files = [{item.path for item in shard} for shard in shards]
    assert sum(map(len, files)) == len({item.path for item in items})


def test_slow_tests_are_left_for_the_survivors(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    forks = build_forks(tmp_path, MUTANTS[:2], seconds_left=60)
    forks.stats.seconds["slow"] = QUICKEST_TESTS_S
    by_id = {"quick": request.node, "slow": request.node.parent}

    first = list(forks.iter_mutants(by_id))
    forks.survivors.append(MUTANTS[1])
    [second] = forks.iter_survivors(by_id)

    assert [task.items for task in first] == [[by_id["quick"]]] * 2
    assert {task.is_complete for task in first} == {False}
    assert second.items == [by_id["slow"]]
    assert (second.mutant, second.is_complete) == (MUTANTS[1], True)


def test_a_mutant_whose_only_test_is_slow_is_tried_with_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    forks = build_forks(tmp_path, MUTANTS[:1], seconds_left=60)
    forks.stats.tests[FUNCTION] = {"slow"}
    forks.stats.seconds["slow"] = QUICKEST_TESTS_S + 1

    [task] = forks.iter_mutants({"slow": request.node})

    assert task.is_complete
