"""What is said where none of the rows rose, or fell."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.insights_dialogue import InsightsDialogue
from tests.support.order_lines import order_facts, order_line

SEPTEMBER, OCTOBER = (datetime(2026, month, 5, tzinfo=UTC) for month in (9, 10))


def build_agent(now: datetime) -> InsightsDialogue:
    """Mugs sold better in October than in September, and in November not at all."""
    facts = order_facts(
        order_line(order_id="1", at=SEPTEMBER, amount_minor=1000),
        order_line(order_id="2", at=OCTOBER, amount_minor=1200),
    )
    return InsightsDialogue(facts, home_currency="USD", zone=ZoneInfo("UTC"), now=now)


@pytest.mark.parametrize(
    ("month", "message", "line"),
    [
        (11, "did any category lose revenue last month", "no category fell."),
        (11, "which, if any, countries fell last month", "no country fell."),
        (12, "did any category grow last month", "no category rose."),
    ],
)
def test_where_no_row_did_that_is_said(month: int, message: str, line: str) -> None:
    agent = build_agent(datetime(2026, month, 18, tzinfo=UTC))

    lines = agent.ask(message).text.splitlines()

    assert f"There is nothing that fits: {line}" in lines


def test_nothing_within_a_bound_is_no_word_of_the_direction() -> None:
    agent = build_agent(datetime(2026, 11, 18, tzinfo=UTC))

    answer = agent.ask("which categories grew by less than 5% last month")

    assert "There is nothing that fits." in answer.text.splitlines()
