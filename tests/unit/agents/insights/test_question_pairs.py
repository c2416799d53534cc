"""Messages that only want several queries before at once."""

import pytest

from agents.local.insights.question.pairs import Pair
from tests.support.insights_questions import parse_alone, parse_follow_up


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("the two combined", Pair(sums=True, count=2)),
        ("add them up", Pair(sums=True, count=None)),
        ("show me both side by side", Pair(sums=False, count=2)),
        ("show me the two together", Pair(sums=False, count=2)),
        ("how much do the two make together", Pair(sums=True, count=2)),
        (
            "the difference between the two",
            Pair(sums=False, count=2, differs=True),
        ),
        ("all three combined", Pair(sums=True, count=3)),
        ("orders of the two combined", None),
        ("how much did it rise", None),
    ],
)
def test_figures_before_are_wanted_together(text: str, pair: Pair | None) -> None:
    assert parse_follow_up(text).pair == pair
    assert parse_alone(text).pair is None
