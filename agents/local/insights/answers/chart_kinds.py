"""The kind of chart that a question names, and what is said where another one is drawn. Pure."""

import re
from collections.abc import Mapping

from agents.local.dialogue_state import Json
from agents.local.insights.question.question import Question
from agents.local.insights.words.lexicon import Role
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.charts import build_chart
from webapp.insights.query.definitions import PERIODS

HEAT_MAP, LINES, BARS, DOTS = "a heat map", "lines", "bars", "dots"
KINDS: Mapping[str, re.Pattern[str]] = {
    HEAT_MAP: re.compile(r"(?i)\bheat[- ]?maps?\b"),
    "a pie": re.compile(r"(?i)\b(?:pies?|donuts?|doughnuts?)\b"),
    LINES: re.compile(r"(?i)\b(?:lines?|curves?|line[- ]graph)\b"),
    BARS: re.compile(r"(?i)\b(?:bars?|columns?|histograms?)\b"),
    "an area": re.compile(r"(?i)\barea\b"),
    "a scatter plot": re.compile(r"(?i)\bscatter(?:[- ]?plots?)?\b"),
    "a treemap": re.compile(r"(?i)\btree[- ]?maps?\b"),
    "a funnel": re.compile(r"(?i)\bfunnels?\b"),
}
"""What is said after "drawn as", and the words in a mention of a chart that ask for it."""
PLAIN = re.compile(r"(?i)\b(?:not|no|instead|rather|table|list)\b")
MARKS = {"rect": HEAT_MAP, "line": LINES, "bar": BARS}
NO_CHART = "No chart is drawn: that takes several rows."
OF_ANALYSIS = "The charts are those of the analysis: I draw no others."


def find_chart_kind(question: Question) -> str | None:
    for mention in question.mentions:
        if mention.has(Role.CHART) and not PLAIN.search(mention.text):
            for kind, words in KINDS.items():
                if words.search(mention.text):
                    return kind
    return None


def choose_chart(query: Json, kind: str | None) -> Json:
    """Rows of periods by another dimension are lines, and a heat map in a given order."""
    groups = query.get("groupBy", [])
    periods = [name for name in groups if name in PERIODS]
    is_heat = kind == HEAT_MAP and len(groups) == 2 and bool(periods)
    if not is_heat or query.get("sort"):
        return query
    others = [name for name in groups if name not in periods]
    return {**query, "sort": [{"by": name} for name in (*periods, *others)]}


def describe_chart(result: Json, kind: str) -> str | None:
    """A note where the chart of a result is of another kind than the one that was asked for."""
    if "findings" in result:
        return OF_ANALYSIS
    query = AnalyticsQuery.model_validate(result["query"])
    drawn = _name_drawn(query, result)
    if drawn is None:
        return NO_CHART
    if drawn == kind:
        return None
    return (
        f"The chart is drawn as {drawn}, not as {kind}: {_explain_kind(drawn, kind)}."
    )


def _name_drawn(query: AnalyticsQuery, result: Json) -> str | None:
    chart = build_chart(
        query, title="", row_count=result["rowCount"], currency=result["currency"]
    )
    if chart is None:
        return None
    mark = chart.get("mark")
    name = mark["type"] if isinstance(mark, dict) else mark
    return MARKS.get(name, DOTS) if isinstance(name, str) else DOTS


def _explain_kind(drawn: str, kind: str) -> str:
    reasons = (
        (drawn == DOTS, "they show what was before, too"),
        (drawn == HEAT_MAP, "the rows are by more than one dimension"),
        (kind == HEAT_MAP, "that takes rows by more than one dimension"),
        (drawn == LINES, "the rows are periods"),
        (kind == "a pie", "lengths are easier to compare than angles"),
        (kind == LINES, "only periods are drawn as lines"),
    )
    return next((said for fits, said in reasons if fits), "I do not draw that kind")
