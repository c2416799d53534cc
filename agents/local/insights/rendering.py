"""How figures are told of. Every number comes out of a tool's result as it is. Pure."""

from collections.abc import Sequence
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.formatting import format_amount, format_count, join_list

SHOWN = 24
"""Periods in the text; the data beside it has all of them."""
NOTHING = "There were no paid orders in that window, so there is nothing to report."


def render_trends(result: Json) -> str:
    if not result["periods"]:
        return NOTHING
    parts = [f"Revenue by {result['granularity']}, {_window(result)}:"]
    for currency in _currencies(result):
        periods = _of(result["periods"], currency)
        if len(periods) > SHOWN:
            parts.append(f"(the latest {SHOWN} of {len(periods)} periods)")
        parts += [_period(row, result["granularity"]) for row in periods[-SHOWN:]]
        parts += [_best(periods, result["granularity"])]
    return "\n".join(part for part in [*parts, *_totals(result)] if part)


def _period(row: Json, granularity: str) -> str:
    growth = row["growthPercent"]
    change = "" if growth is None else f", {'+' if growth > 0 else ''}{growth:g}%"
    unfinished = "" if row["isComplete"] else " (not complete)"
    revenue = format_amount(row["revenue"], row["currency"])
    orders = format_count(row["orders"], "order")
    label = _label(row["period"], granularity)
    return f"- {label}: {revenue} from {orders}{change}{unfinished}"


def _label(period: str, granularity: str) -> str:
    day = date.fromisoformat(period)
    if granularity == "month":
        return f"{day:%B %Y}"
    return f"{'week of ' if granularity == 'week' else ''}{day.day} {day:%B %Y}"


def _best(periods: Sequence[Json], granularity: str) -> str:
    whole = [row for row in periods if row["isComplete"]]
    if len(whole) < 2:
        return ""
    best = max(whole, key=lambda row: float(row["revenue"]))
    label, revenue = (
        _label(best["period"], granularity),
        format_amount(best["revenue"], best["currency"]),
    )
    return f"The best {granularity} was {label} with {revenue}."


def render_totals(result: Json) -> str:
    if not result["summary"]:
        return NOTHING
    return "\n".join([f"The figures {_window(result)}:", *_totals(result)])


def _totals(result: Json) -> list[str]:
    return [_total(row) for row in result["summary"]]


def _total(row: Json) -> str:
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
        return NOTHING
    parts = [f"The best-selling products by {result['by']}, {_window(result)}:"]
    parts += [_product(row) for row in result["topProducts"]]
    return "\n".join([*parts, *_totals(result)])


def _product(row: Json) -> str:
    share = row["sharePercent"]
    part = "" if share is None else f", {share:g}% of revenue"
    revenue = format_amount(row["revenue"], row["currency"])
    return f"{row['rank']}. {row['name']}: {revenue}, {format_count(row['units'], 'unit')}{part}"


def render_top_categories(result: Json) -> str:
    if not result["categories"]:
        return NOTHING
    parts = [f"Revenue by category, {_window(result)}:"]
    parts += [_category(row) for row in result["categories"]]
    return "\n".join([*parts, *_totals(result)])


def _category(row: Json) -> str:
    share = row["sharePercent"]
    part = "" if share is None else f", {share:g}%"
    revenue = format_amount(row["revenue"], row["currency"])
    return f"{row['rank']}. {row['category']}: {revenue}{part}"


def render_movers(result: Json) -> str:
    if not result["movers"] and not result["mostReturned"]:
        return NOTHING
    rising = [_mover(row) for row in result["movers"] if row["change"] > 0]
    falling = [_mover(row) for row in result["movers"] if row["change"] < 0]
    returned = [_returned(row) for row in result["mostReturned"]]
    parts = [
        f"The later part of the window against the earlier one, {_window(result)}."
    ]
    for title, rows in (
        ("Rising", rising),
        ("Falling", falling),
        ("Returned", returned),
    ):
        parts += [f"{title}:", *rows] if rows else []
    return "\n".join(parts)


def _mover(row: Json) -> str:
    earlier, later = (
        format_amount(row[half], row["currency"]) for half in ("earlier", "later")
    )
    return f"- {row['name']}: {later} after {earlier}"


def _returned(row: Json) -> str:
    share = row["returnedPercent"]
    part = "" if share is None else f", {share:g}% of those sold"
    return f"- {row['name']}: {format_count(row['returnedUnits'], 'unit')}{part}"


def _window(result: Json) -> str:
    receipt = result["receipt"]
    first, last, zone = receipt["firstDay"], receipt["lastDay"], receipt["timeZone"]
    return f"from {first} to {last} ({zone})"


def _currencies(result: Json) -> Sequence[str]:
    currencies: list[str] = result["receipt"]["currencies"]
    return currencies


def _of(rows: Sequence[Json], currency: str) -> list[Json]:
    return [row for row in rows if row["currency"] == currency]


def render_sources(result: Json) -> str:
    """Where the figures come from, in one line."""
    receipt = result["receipt"]
    currencies = receipt["currencies"]
    names = f" in {join_list(currencies)}" if currencies else ""
    return f"Read {receipt['rowsRead']} order lines{names} as of {receipt['asOf']}."
