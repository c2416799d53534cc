"""What is possible instead, as a conversation says it."""

import pytest

from agents.local.insights.messages.tool_requests import shorten_possible


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("No such thing", "No such thing"),
        ("No country X; possible are DE, FR", "No country X; possible are DE, FR"),
        (
            "No metric; possible are a, b, c, d, e, f, g, h",
            "No metric; possible are a, b, c, d, e, f, and others",
        ),
        (
            (
                "No product; possible are Cup, Mug, 1,234 more, which a query with groupBy"
                " product lists"
            ),
            "No product; possible are Cup, Mug",
        ),
        (
            (
                "No search; possible are 4 more, which a query with groupBy search_query"
                " lists"
            ),
            "No search",
        ),
    ],
)
def test_much_is_shortened_and_nothing_is_said_for_programs(
    message: str, said: str
) -> None:
    assert shorten_possible(message) == said
