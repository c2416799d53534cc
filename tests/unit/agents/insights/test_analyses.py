"""What the local model says of analyses: the findings first, with all that explains them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest

from agents.insights.claims.evidence import build_evidence
from agents.insights.claims.verification import verify_sentence
from agents.local.insights.words.lexicon import load_analysis_tools
from agents.tools.analytics import build_tools
from agents.tools.tool import ToolServices
from tests.eval.insights.shops import NOW, build_shop
from tests.support.insights_dialogue import InsightsDialogue
from tests.support.order_lines import order_facts, order_line
from webapp.adapters.analytics.port import AnalyticsClient
from webapp.insights.analyses.requests import NAMES

pytestmark = pytest.mark.slow


def build_dialogue(lines: Sequence[dict[str, Any]]) -> InsightsDialogue:
    return InsightsDialogue(
        order_facts(*lines, as_of=NOW),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
        now=NOW,
    )


@pytest.fixture
def agent() -> InsightsDialogue:
    shop = build_shop("homestead")
    return InsightsDialogue(
        shop.facts, home_currency=shop.home_currency, zone=shop.zone, now=NOW
    )


def test_each_analysis_has_its_words_and_its_tool() -> None:
    tools = build_tools(Mock(spec=ToolServices, analytics=Mock(spec=AnalyticsClient)))
    analyses = {
        field.default: tool.name
        for tool in tools
        if (field := tool.params.model_fields.get("analysis")) is not None
    }

    assert load_analysis_tools() == analyses
    assert set(analyses) == set(NAMES)


def test_a_question_that_takes_the_wrong_for_granted_is_put_right(
    agent: InsightsDialogue,
) -> None:
    lines = agent.ask("why did revenue fall in April?").text.splitlines()

    assert lines[:3] == [
        "Change of net revenue explained, April 2026, compared with March 2026, UTC.",
        "Net revenue did not fall, but rose.",
        "Net revenue: $113,584.58, before $95,646.24, change $17,938.34 (+18.75%).",
    ]
    assert "did not" not in agent.ask("why did revenue rise in April?").text


def test_a_change_is_said_with_what_stands_out_and_the_parts_of_it(
    agent: InsightsDialogue,
) -> None:
    text = agent.ask("why did revenue rise in April?").text

    assert "What stands out most is category Garden Furniture" in text
    assert "- volume: change -$5,654.91, share of the change in percent -31.52%" in text
    assert "- Garden Furniture: before $16,479.58, now $39,574.00" in text
    assert "This says where the change is, not why" in text


def test_a_quotient_is_explained_by_its_parts_and_by_ratios_and_mix(
    agent: InsightsDialogue,
) -> None:
    text = agent.ask("what drove the drop in average order value in June?").text

    lines = text.splitlines()
    assert lines[1:5] == [
        "Average order value: $210.02, before $234.79, change -$24.77 (-10.55%).",
        (
            "Gross sales: $102,067.67, before $113,636.76, change -$11,569.09 (-10.18%), "
            "numerator effect -$23.90."
        ),
        "Orders: 486, before 484, change 2 (+0.41%), denominator effect -$0.87.",
        (
            "What stands out most is currency EUR: effect -$14.55, rate effect -$15.41, "
            "mix effect $0.86."
        ),
    ]
    assert (
        "- EUR: before $229.55, now $170.84, rate effect -$15.41, mix effect $0.86"
        in text
    )
    assert "It is not split by product" in text


def test_percentages_differ_by_percentage_points(agent: InsightsDialogue) -> None:
    text = agent.ask("why is the refund rate up in September?").text

    assert "1.21%, before 1.07%, change 0.14 percentage points (+13.52%)" in text
    assert "numerator effect -0.05 percentage points" in text
    assert (
        "- returning: before 1.43%, now 1.9%, rate effect 0.2 percentage points" in text
    )


def test_a_paradox_is_said_before_its_figures() -> None:
    lines = [
        order_line(
            order_id=f"{month}-{country}-{number}",
            at=datetime(2026, month, 1 + number % 28, tzinfo=UTC),
            country=country,
            amount_minor=amount,
        )
        for month, country, count, amount in (
            (9, "US", 40, 100_00), (9, "DE", 10, 20_00),
            (10, "US", 10, 110_00), (10, "DE", 40, 25_00),
        )
        for number in range(count)
    ]  # fmt: skip
    agent = build_dialogue(lines)

    answer = agent.ask("why did the average order value fall in October?")

    said = answer.text.splitlines()[2]
    assert said.startswith(
        "Within each country that has figures of both times the average"
    )
    assert "rose, and yet it fell as a whole" in said
    evidence = build_evidence(
        [each.model_dump(mode="json") for each in answer.analyses], today=NOW.date()
    )
    assert verify_sentence(said, evidence).is_supported


def test_where_nothing_stands_out_it_is_said_once(agent: InsightsDialogue) -> None:
    text = agent.ask("why did AOV fall in September?").text

    assert text.count("stands out") == 1
    assert "The first 5 of 7 rows." in text


def test_a_wave_of_cancellations_is_said() -> None:
    lines = [
        order_line(
            order_id=f"{month}-{status}-{number}",
            at=datetime(2026, month, 1 + number % 28, tzinfo=UTC),
            country="FR",
            status=status,
        )
        for month, status, count in (
            (9, "DELIVERED", 40), (9, "CANCELLED", 2), (10, "DELIVERED", 15), (10, "CANCELLED", 20),
        )
        for number in range(count)
    ]  # fmt: skip
    agent = build_dialogue(lines)

    text = agent.ask("why did France fall in October?").text

    assert (
        "What orders came to stands out: canceled, with a change of -$180.00." in text
    )
    assert (
        "- of these canceled: orders before 2, orders now 20, change -$180.00" in text
    )


def test_searches_are_explained_by_their_queries() -> None:
    shop = build_shop("homestead")
    agent = InsightsDialogue(
        shop.facts,
        home_currency=shop.home_currency,
        zone=shop.zone,
        now=NOW,
        others=shop.others,
    )

    text = agent.ask("explain the change in search conversion last month").text

    assert "Searches with an order: 264, before 232" in text
    assert "Change of search conversion rate by search query:" in text


def test_a_forecast_has_its_interval_and_the_error_of_past_ones(
    agent: InsightsDialogue,
) -> None:
    text = agent.ask("revenue next month").text

    assert "between $78,967.55 and $113,457.12 in 80% of cases" in text
    assert "Past forecasts of this kind (15) were 10.5% off" in text
    assert "Forecast by month" not in text  # one month is the total
    assert "Forecast by week:" in agent.ask("by week").text


def test_periods_that_are_unusual_are_listed_with_the_likely_driver(
    agent: InsightsDialogue,
) -> None:
    found = agent.ask("find anomalies in refunds").text
    none = agent.ask("anything unusual in October in net revenue?").text

    assert "Of 90 days, 2 were unusual." in found
    assert (
        "- 2026-10-09: refunds $267.00, expected $0.75, driver dimension product, "
        "likely driver Parasol" in found
    )
    assert "Of 31 days, none was unusual." in none


def test_the_direction_of_what_is_unusual_is_said(agent: InsightsDialogue) -> None:
    drops = agent.ask("unusual drops in refunds").text
    spikes = agent.ask("only the spikes").text

    assert drops.startswith("Unusually low days of refunds, ")
    assert "Of 90 days, none was unusually low." in drops
    assert spikes.startswith("Unusually high days of refunds, ")
    assert "Of 90 days, 2 were unusually high." in spikes


def test_what_is_taken_back_twice_goes_two_steps_back(agent: InsightsDialogue) -> None:
    titles = [
        agent.ask(text).titles
        for text in (
            "revenue this year", "orders this year", "units this year", "undo", "undo that",
            "undo", "refunds this year", "undo",
        )
    ]  # fmt: skip

    figures = [title[0].split(",")[0] if title else None for title in titles]
    assert figures == [
        "Net revenue", "Orders", "Units sold", "Orders", "Net revenue", None, "Refunds",
        "Net revenue",
    ]  # fmt: skip


def test_pairs_of_one_product_name_it_first(agent: InsightsDialogue) -> None:
    text = agent.ask("what do people buy with tents?").text

    assert text.startswith("What is bought with Four-Person Tent, Two-Person Tent, ")
    rows = [line for line in text.splitlines() if line.startswith("- ")]
    assert rows
    assert all(row.startswith(("- Two-Person", "- Four-Person")) for row in rows)


@pytest.mark.parametrize(
    ("messages", "refusal"),
    [
        (["how do prices affect sales?"], "name one currency"),
        (["forecast revenue for last month"], "a time that is already over"),
        (["forecast revenue for the next 200 days"], "90 days ahead at most"),
        (["forecast orders next week", "make that 500 weeks"], "90 weeks ahead"),
        (["how many customers come back?", "60 months"], "1 to 24 months"),
        (["least often bought together"], "no use for another order of rows"),
        (["forecast the lifetime value"], "Which do you want first"),
        (["retention by country"], "possible: month"),
        (["top 5 of the customer segments"], "not the first 5"),
    ],
)
def test_what_an_analysis_cannot_do_is_said(
    agent: InsightsDialogue, messages: list[str], refusal: str
) -> None:
    answers = [agent.ask(message) for message in messages]

    assert refusal in answers[-1].text
    assert not answers[-1].analyses
    assert not answers[-1].results
