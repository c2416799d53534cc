import pytest

from agents.local.insights.words.moving_averages import MovingAverage, find_averages


@pytest.mark.parametrize(
    ("text", "words", "average"),
    [
        ("orders, 7DMA, October", "7DMA", MovingAverage(7, "day")),
        ("a 7d MA on orders", "7d MA", MovingAverage(7, "day")),
        (
            "seven-day trailing mean of units",
            "seven-day trailing mean",
            MovingAverage(7, "day"),
        ),
        (
            "daily orders averaged over 7 days",
            "averaged over 7 days",
            MovingAverage(7, "day"),
        ),
        (
            "smooth them over a week",
            "smooth them over a week",
            MovingAverage(1, "week"),
        ),
        ("orders by week, MA(4)", "MA(4)", MovingAverage(4, "")),
        ("smooth the daily orders over 7 days", "over 7 days", MovingAverage(7, "day")),
    ],
)
def test_a_moving_average_is_found_with_its_length(
    text: str, words: str, average: MovingAverage
) -> None:
    [found] = find_averages(text)

    assert (text[found.start : found.end], found.average) == (words, average)


@pytest.mark.parametrize(
    "text",
    [
        "7-day average order value",
        "orders over 7 days",
        "moving average of orders in October",
        "orders of the last 7 days",
    ],
)
def test_other_lengths_are_none_of_an_average(text: str) -> None:
    assert list(find_averages(text)) == []
