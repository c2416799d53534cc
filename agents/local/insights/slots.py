"""Extracts tool arguments from a question about the figures. Pure."""

import re
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.time_expressions import YEAR
from agents.local.insights.time_ranges import DateRange, parse_date_range
from agents.local.numbers import NUMBER, parse_number

GRANULARITY_PATTERNS = {
    "day": re.compile(
        r"(?i)\b(?:daily|(?:by|per|each|every|a) day|day by day|which day)\b"
    ),
    "week": re.compile(
        r"(?i)\b(?:weekly|(?:by|per|each|every|a) week|week by week"
        r"|(?:which|best|worst|slowest) week)\b"
    ),
    "month": re.compile(
        r"(?i)\b(?:monthly|(?:by|per|each|every|a) month|month (?:by|over) month"
        r"|(?:which|best|worst|slowest) month)\b"
    ),
}
COUNT = rf"(?!{YEAR}\b){NUMBER}"  # not the year of "2026 best sellers"
COUNT_PATTERN = re.compile(
    rf"(?i)\b(?:top|best|first|worst)\s+(?P<after>{COUNT})\b"
    rf"|\b(?P<before>{COUNT})\s+(?:best|top|most|products|items|categories)\b"
)
BY_UNITS_PATTERN = re.compile(
    r"(?i)\b(?:units?|pieces|quantity|quantities|volume|how many sold)\b"
)
BY_REVENUE_PATTERN = re.compile(r"(?i)\b(?:revenue|money|turnover|value|sales)\b")
# No name of a category has one of these, so that "in June by category" names none.
NOT_IN_NAMES = "in|of|for|only|by|per|each|every|any|all|which|what|our|best|top|worst"
CATEGORY_NAME = rf"(?:(?!\b(?:{NOT_IN_NAMES})\b)[\w&' -])+?"
CATEGORY_PATTERN = re.compile(
    rf"(?i)\b(?:in|of|for|only)\s+(?:the\s+)?"
    rf"(?:(?P<before>{CATEGORY_NAME})\s+category\b"
    rf"|category\s+(?P<after>{CATEGORY_NAME})\s*(?=$|[?.!,]|\s(?:{NOT_IN_NAMES}"
    r"|last|past|this|since|from|until|before|after|between|today|yesterday)\b))"
)
MAX_DAYS_BY_DAY, MAX_DAYS_BY_WEEK = 31, 120


def find_window(utterance: str, *, today: date) -> Json:
    """`first_day` and `last_day`, where the utterance names them."""
    date_range = parse_date_range(utterance, today=today)
    bounds = {"first_day": date_range.first, "last_day": date_range.last}
    return {name: day.isoformat() for name, day in bounds.items() if day is not None}


def find_granularity(utterance: str) -> str | None:
    return next(
        (
            name
            for name, pattern in GRANULARITY_PATTERNS.items()
            if pattern.search(utterance)
        ),
        None,
    )


def choose_granularity(date_range: DateRange) -> str:
    """Default granularity for a range: days of a month, weeks of a season, else months."""
    if date_range.first is None or date_range.last is None:
        return "month"
    days = (date_range.last - date_range.first).days + 1
    if days <= MAX_DAYS_BY_DAY:
        return "day"
    return "week" if days <= MAX_DAYS_BY_WEEK else "month"


def find_limit(utterance: str) -> int | None:
    match = COUNT_PATTERN.search(utterance)
    return int(parse_number(match["after"] or match["before"])) if match else None


def find_ranking(utterance: str) -> str | None:
    if BY_UNITS_PATTERN.search(utterance):
        return "units"
    return "revenue" if BY_REVENUE_PATTERN.search(utterance) else None


def find_category(utterance: str) -> str | None:
    match = CATEGORY_PATTERN.search(utterance)
    return (match["after"] or match["before"]).strip() if match else None


def build_trend_arguments(utterance: str, *, today: date) -> Json:
    granularity = find_granularity(utterance) or choose_granularity(
        parse_date_range(utterance, today=today)
    )
    return {"granularity": granularity} | _shared_arguments(utterance, today)


def build_sales_arguments(utterance: str, *, today: date) -> Json:
    arguments = {"by": find_ranking(utterance), "limit": find_limit(utterance)}
    return {
        name: value for name, value in arguments.items() if value
    } | _shared_arguments(utterance, today)


def build_performance_arguments(utterance: str, *, today: date) -> Json:
    count = find_limit(utterance)
    return _shared_arguments(utterance, today) | ({"limit": count} if count else {})


def _shared_arguments(utterance: str, today: date) -> Json:
    name = find_category(utterance)
    return find_window(utterance, today=today) | ({"category": name} if name else {})


def build_follow_up_arguments(utterance: str, tool: str, *, today: date) -> Json:
    """Arguments that a follow-up ("and last month?", "by week instead") changes."""
    if tool == "order_trends":
        granularity = find_granularity(utterance)
        return _shared_arguments(utterance, today) | (
            {"granularity": granularity} if granularity else {}
        )
    if tool == "product_performance":
        return build_performance_arguments(utterance, today=today)
    return build_sales_arguments(utterance, today=today)
