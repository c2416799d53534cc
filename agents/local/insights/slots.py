"""What a question about the figures asks for, as tool arguments. Pure."""

import re
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.time_expressions import DateRange
from agents.local.insights.time_ranges import parse_date_range
from agents.local.numbers import NUMBER, parse_number

GRAINS = {
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
COUNT = re.compile(
    rf"(?i)\b(?:top|best|first|worst)\s+(?P<after>{NUMBER})\b"
    rf"|\b(?P<before>{NUMBER})\s+(?:best|top|most|products|items|categories)\b"
)
BY_UNITS = re.compile(
    r"(?i)\b(?:units?|pieces|quantity|quantities|volume|how many sold)\b"
)
BY_REVENUE = re.compile(r"(?i)\b(?:revenue|money|turnover|value|sales)\b")
CATEGORY = re.compile(
    r"(?i)\b(?:in|of|for|only)\s+(?:the\s+)?(?:category\s+(?P<after>[\w&' -]+?)"
    r"|(?P<before>[\w&' -]+?)\s+category)\s*(?=$|[?.!,]|\s(?:last|this|since|in|from|by)\b)"
)
SHORT_DAYS, MIDDLE_DAYS = 31, 120


def window(said: str, *, today: date) -> Json:
    """`first_day` and `last_day`, where the question names them."""
    asked = parse_date_range(said, today=today)
    ends = {"first_day": asked.first, "last_day": asked.last}
    return {name: day.isoformat() for name, day in ends.items() if day is not None}


def find_granularity(said: str) -> str | None:
    return next((name for name, form in GRAINS.items() if form.search(said)), None)


def fitting_grain(asked: DateRange) -> str:
    """For a question that names no period: days of a month, weeks of a season."""
    if asked.first is None or asked.last is None:
        return "month"
    days = (asked.last - asked.first).days
    if days <= SHORT_DAYS:
        return "day"
    return "week" if days <= MIDDLE_DAYS else "month"


def limit(said: str) -> int | None:
    found = COUNT.search(said)
    return int(parse_number(found["after"] or found["before"])) if found else None


def ranking(said: str) -> str | None:
    if BY_UNITS.search(said):
        return "units"
    return "revenue" if BY_REVENUE.search(said) else None


def category(said: str) -> str | None:
    found = CATEGORY.search(said)
    return (found["after"] or found["before"]).strip() if found else None


def trend_arguments(said: str, *, today: date) -> Json:
    granularity = find_granularity(said) or fitting_grain(
        parse_date_range(said, today=today)
    )
    return {"granularity": granularity} | _shared(said, today)


def sales_arguments(said: str, *, today: date) -> Json:
    asked = {"by": ranking(said), "limit": limit(said)}
    return {name: value for name, value in asked.items() if value} | _shared(
        said, today
    )


def performance_arguments(said: str, *, today: date) -> Json:
    count = limit(said)
    return _shared(said, today) | ({"limit": count} if count else {})


def _shared(said: str, today: date) -> Json:
    named = category(said)
    return window(said, today=today) | ({"category": named} if named else {})


def follow_up_arguments(said: str, tool: str, *, today: date) -> Json:
    """What a follow-up ("and last month?", "by week instead") changes of a question."""
    if tool == "order_trends":
        named = find_granularity(said)
        return _shared(said, today) | ({"granularity": named} if named else {})
    if tool == "product_performance":
        return performance_arguments(said, today=today)
    return sales_arguments(said, today=today)
