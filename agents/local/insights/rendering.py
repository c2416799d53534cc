"""Renders reports as text. Every number comes unchanged from a tool's result, as
`agents.insights.grounding` withholds a sentence with any other. Pure."""

from collections.abc import Sequence
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.formatting import format_amount, format_count, join_list

MAX_PERIODS = 24
"""Periods in the text; the structured data sent with it has all of them."""
NO_FIGURES = "There were no paid orders in that window, so there is nothing to report."


def render_trends(result: Json) -> str:
    if not result["periods"]:
        return NO_FIGURES
    parts = [f"Revenue by {result['granularity']}, {_format_window(result)}:"]
    for currency in _list_currencies(result):
        periods = _filter_currency(result["periods"], currency)
        if len(periods) > MAX_PERIODS:
            parts.append("(only the latest periods; the table has all)")
        parts += [
            _render_period(row, result["granularity"]) for row in periods[-MAX_PERIODS:]
        ]
        parts += [_render_best(periods, result["granularity"])]
    return "\n".join(part for part in [*parts, *_render_summary(result)] if part)


def _render_period(row: Json, granularity: str) -> str:
    growth = row["growthPercent"]
    change = "" if growth is None else f", {'+' if growth > 0 else ''}{growth:g}%"
    unfinished = "" if row["isComplete"] else " (not complete)"
    revenue = format_amount(row["revenue"], row["currency"])
    orders = format_count(row["orders"], "order")
    label = _format_period(row["period"], granularity)
    return f"- {label}: {revenue} from {orders}{change}{unfinished}"


def _format_period(period: str, granularity: str) -> str:
    day = date.fromisoformat(period)
    if granularity == "month":
        return f"{day:%B %Y}"
    return f"{'week of ' if granularity == 'week' else ''}{day.day} {day:%B %Y}"


def _render_best(periods: Sequence[Json], granularity: str) -> str:
    complete = [row for row in periods if row["isComplete"]]
    if len(complete) < 2:
        return ""
    best = max(complete, key=lambda row: float(row["revenue"]))
    article = "the " if granularity == "week" else ""
    label = _format_period(best["period"], granularity)
    revenue = format_amount(best["revenue"], best["currency"])
    return f"The best {granularity} was {article}{label} with {revenue}."


def render_totals(result: Json) -> str:
    if not result["summary"]:
        return NO_FIGURES
    return "\n".join(
        [f"The figures {_format_window(result)}:", *_render_summary(result)]
    )


def _render_summary(result: Json) -> list[str]:
    return [_render_total(row) for row in result["summary"]]


def _render_total(row: Json) -> str:
    average = row["averageOrder"]
    mean = (
        ""
        if average is None
        else f", {format_amount(average, row['currency'])} an order on average"
    )
    known = format_count(row["customers"], "known customer")
    return (
        f"In all {format_amount(row['revenue'], row['currency'])} of revenue from "
        f"{format_count(row['orders'], 'order')} by {known}{mean}."
    )


def render_top_products(result: Json) -> str:
    if not result["topProducts"]:
        return _render_nothing(result, "No products to list")
    parts = [f"The best-selling products by {result['by']}, {_format_window(result)}:"]
    parts += [_render_product(row) for row in result["topProducts"]]
    return "\n".join([*parts, *_render_summary(result)])


def _render_product(row: Json) -> str:
    share = row["sharePercent"]
    suffix = "" if share is None else f", {share:g}% of revenue"
    revenue = format_amount(row["revenue"], row["currency"])
    units = format_count(row["units"], "unit")
    return f"{row['rank']}. {row['name']}: {revenue}, {units}{suffix}"


def render_top_categories(result: Json) -> str:
    if not result["categories"]:
        return _render_nothing(result, "No categories to list")
    parts = [f"Revenue by category, {_format_window(result)}:"]
    parts += [_render_category(row) for row in result["categories"]]
    return "\n".join([*parts, *_render_summary(result)])


def _render_category(row: Json) -> str:
    share = row["sharePercent"]
    suffix = "" if share is None else f", {share:g}%"
    revenue = format_amount(row["revenue"], row["currency"])
    return f"{row['rank']}. {row['category']}: {revenue}{suffix}"


def render_movers(result: Json) -> str:
    if not result["movers"] and not result["mostReturned"]:
        return _render_nothing(result, "No product rises, falls or comes back")
    rising = [_render_mover(row) for row in result["movers"] if row["change"] > 0]
    falling = [_render_mover(row) for row in result["movers"] if row["change"] < 0]
    returned = [_render_returned(row) for row in result["mostReturned"]]
    parts = [
        f"The later part of the window against the earlier one, {_format_window(result)}."
    ]
    for title, rows in (
        ("Rising", rising),
        ("Falling", falling),
        ("Returned", returned),
    ):
        parts += [f"{title}:", *rows] if rows else []
    return "\n".join(parts)


def _render_mover(row: Json) -> str:
    earlier, later = (
        format_amount(row[half], row["currency"]) for half in ("earlier", "later")
    )
    return f"- {row['name']}: {later} after {earlier}"


def _render_returned(row: Json) -> str:
    share = row["returnedPercent"]
    suffix = "" if share is None else f", {share:g}% of those sold"
    return f"- {row['name']}: {format_count(row['returnedUnits'], 'unit')}{suffix}"


def _render_nothing(result: Json, finding: str) -> str:
    """There are no rows: there were no orders, or none that have what was asked for."""
    if not result["summary"]:
        return NO_FIGURES
    return "\n".join(
        [f"{finding}, {_format_window(result)}.", *_render_summary(result)]
    )


def _format_window(result: Json) -> str:
    receipt = result["receipt"]
    first, last, zone = receipt["firstDay"], receipt["lastDay"], receipt["timeZone"]
    return f"from {first} to {last} ({zone})"


def _list_currencies(result: Json) -> Sequence[str]:
    currencies: list[str] = result["receipt"]["currencies"]
    return currencies


def _filter_currency(rows: Sequence[Json], currency: str) -> list[Json]:
    return [row for row in rows if row["currency"] == currency]


def render_sources(result: Json) -> str:
    """Source of the figures, in one line."""
    receipt = result["receipt"]
    currencies = receipt["currencies"]
    names = f" in {join_list(currencies)}" if currencies else ""
    lines = format_count(receipt["rowsRead"], "order line")
    return f"Read {lines}{names} as of {receipt['asOf']}."
