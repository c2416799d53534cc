"""Renders results of analyses as text. Every figure comes unchanged from a result, and each answer
begins with what was computed. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from agents.local.dialogue_state import Json
from agents.local.formatting import format_count
from agents.local.insights.answers.rendering import format_figure, render_receipt
from webapp.insights.analyses.validation import list_chosen_dimensions
from webapp.insights.query.definitions import DIMENSIONS, METRICS, Metric, Unit
from webapp.insights.query.descriptions import name_value
from webapp.kit.text import capitalize_first

MAX_ROWS = 12
"""Of a table, in the text; the data beside it has all of them."""
MAX_BROKEN_DOWN = 5
"""Of the values of a dimension that a change is explained by."""
USUALLY_SHOWN = ("product", "country", "search_query")
"""Dimensions by which a change is shown where none explains it: the first that the figure has."""
MAX_ROWS_OF_SEVERAL = 5
"""Of each table, where there are several."""
SHOWN_TABLES: Mapping[str, Sequence[str]] = {
    "anomalies": ["anomalies"],
    "forecast": ["forecast"],
    "retention": ["overall"],
    "rfm": ["segments"],
    "lifetime_value": ["overall"],
    "basket_pairs": ["pairs"],
    "price_effect": ["variants"],
    "concentration": ["classes"],
    "search_insights": [
        *("frequent_queries", "zero_result_queries", "rising_queries"),
        "queries_without_clicks",
    ],
    "stock_outlook": ["running_out", "out_of_stock"],
}
"""The tables of an analysis that the text has; all of them are in the data beside it."""
SHOWN_COLUMNS: Mapping[str, frozenset[str]] = {
    "anomalies": frozenset(
        {"day", "week", "expected", "driver_dimension", "driver", *METRICS}
    ),
    "pairs": frozenset({"first", "second", "orders", "confidence_percent", "lift"}),
    "running_out": frozenset(
        {"name", "stock", "runs_out", "runs_out_low", "runs_out_high", "reorder"}
    ),
    "out_of_stock": frozenset({"name", "out_since", "lost_units", "reorder"}),
}
"""Of tables that have more columns than can be read in a line."""
SAID_OF_ROWS = frozenset({"out_since"})
"""Dimensions that a row is not named by, though they are before its first figure."""
Row = Mapping[str, Any]


def render_analysis(result: Json, *, assumes_rise: bool | None = None) -> str:
    """`assumes_rise` is what the question takes for granted: that the figure rose, or fell."""
    lines = [f"{result['title']}."]
    name = result["request"]["analysis"]
    if name == "explain_change":
        lines += _render_change(result, assumes_rise)
    else:
        lines += SUMMARIES[name](result) if name in SUMMARIES else ()
        lines += _render_tables(result, name)
    lines += [f"{note.rstrip('.')}." for note in result["notes"]]
    lines.append(render_receipt(result["receipt"]))
    return "\n".join(lines)


def _render_tables(result: Json, name: str) -> Iterator[str]:
    shown = [each for each in result["tables"] if each["name"] in SHOWN_TABLES[name]]
    rows = MAX_ROWS if len(shown) == 1 else MAX_ROWS_OF_SEVERAL
    for table in shown:
        columns = [
            each
            for each in table["columns"]
            if each["name"] in SHOWN_COLUMNS.get(table["name"], {each["name"]})
        ]
        yield from _render_table(result, {**table, "columns": columns}, rows)


def _render_table(result: Json, table: Json, shown: int) -> Iterator[str]:
    rows: Sequence[Row] = table["rows"]
    if not rows or result["findings"].get("total") == rows[0].get("forecast", 0):
        return  # A forecast of one period is its total.
    yield f"{table['title']}:"
    for row in rows[:shown]:
        name, figures = _split_row(result, table, row)
        yield f"- {name}: {', '.join(figures)}"
    if len(rows) > shown or table["rowCount"] > len(rows):
        yield f"The first {min(shown, len(rows))} of {table['rowCount']:,} rows."


def _split_row(result: Json, table: Json, row: Row) -> tuple[str, list[str]]:
    """What a row is about, which are the columns before the first figure, and what it says."""
    names: list[str] = []
    figures: list[str] = []
    for column in table["columns"]:
        value = row.get(column["name"])
        if value is None:
            continue
        is_name = column["role"] == "dimension" and column["name"] not in SAID_OF_ROWS
        if is_name and not figures:
            names.append(_name_cell(column, value))
        else:
            figures.append(f"{column['label']} {_format_cell(result, column, value)}")
    return ", ".join(names), figures


def _name_cell(column: Json, value: Any) -> str:
    name = column["name"]
    text = name_value(name, str(value)) if name in DIMENSIONS else str(value)
    is_count = name == "month" and isinstance(value, int)
    return f"{format_count(value, name)} since" if is_count else text


def _format_cell(result: Json, column: Json, value: Any) -> str:
    if isinstance(value, str):
        return value
    return format_figure(value, column, result["currency"])


# A change


def _render_change(result: Json, assumes_rise: bool | None) -> Iterator[str]:
    found, metric = result["findings"], METRICS[result["request"]["metric"]]
    label = capitalize_first(metric.label)
    if assumes_rise is not None and (found["change"] > 0) is not assumes_rise:
        went = "fell" if found["change"] < 0 else "rose"
        went = went if found["change"] else "stayed the same"
        yield f"{label} did not {'rise' if assumes_rise else 'fall'}, but {went}."
    yield f"{_join_change(result, metric, label, found)}."
    if metric.ratio_of is not None:
        yield from _render_quotient(result, metric)
        return
    yield from _render_main(result, metric)
    yield from _render_outcome(result, metric)
    for name in ("price_volume_mix", *_choose_dimensions(result)):
        if table := _find_table(result, name):
            yield from _render_table(result, table, MAX_BROKEN_DOWN)


def _join_change(result: Json, metric: Metric, label: str, found: Row) -> str:
    """The figures of both windows, of findings or of a row."""
    column = {"unit": metric.unit.value}
    now, before = (
        format_figure(found[name], column, result["currency"])
        for name in ("now", "before")
    )
    percent = found.get("changePercent")
    part = "" if percent is None else f" ({percent:+.10g}%)"
    change = _format_difference(result, metric, found["change"])
    return f"{label}: {now}, before {before}, change {change}{part}"


def _format_difference(result: Json, metric: Metric, value: float) -> str:
    """The difference of percentages is none in percent."""
    if metric.unit is Unit.PERCENT:
        return f"{value:,.10g} percentage points"
    return format_figure(value, {"unit": metric.unit.value}, result["currency"])


def _find_table(result: Json, name: str) -> Json | None:
    return next((each for each in result["tables"] if each["name"] == name), None)


def _render_main(result: Json, metric: Metric) -> Iterator[str]:
    found = result["findings"]
    dimension = found.get("mainDimension")
    if dimension is None:
        yield "No value stands out: the change is spread as the figure was before."
        return
    value = name_value(dimension, str(found["mainValue"]))
    label = DIMENSIONS[dimension].label
    change = _format_difference(result, metric, found["mainChange"])
    if metric.ratio_of is None:
        yield f"What stands out most is {label} {value}, with a change of {change}."
        return
    rate, mix = (
        _format_difference(result, metric, found[name])
        for name in ("mainRateEffect", "mainMixEffect")
    )
    yield (
        f"What stands out most is {label} {value}: effect {change}, rate effect {rate}, "
        f"mix effect {mix}."
    )


def _render_outcome(result: Json, metric: Metric) -> Iterator[str]:
    """What orders came to, where that stands out."""
    found = result["findings"]
    if (outcome := found.get("outcome")) is None:
        return
    change = _format_difference(result, metric, found["outcomeChange"])
    yield f"What orders came to stands out: {outcome}, with a change of {change}."
    if table := _find_table(result, "outcomes"):
        yield from _render_table(result, table, MAX_BROKEN_DOWN)


def _render_quotient(result: Json, metric: Metric) -> Iterator[str]:
    """What its numerator and its denominator did, and what ratios and mix by dimension did."""
    found = result["findings"]
    if reversal := found.get("reversal"):
        yield f"{reversal}."
    for name, part in zip(metric.components, ("numerator", "denominator"), strict=True):
        figures = {
            key: found.get(f"{part}{key[0].upper()}{key[1:]}")
            for key in ("before", "now", "change", "changePercent", "effect")
        }
        label = capitalize_first(METRICS[name].label)
        effect = _format_difference(result, metric, figures["effect"])
        change = _join_change(result, METRICS[name], label, figures)
        yield f"{change}, {part} effect {effect}."
    yield from _render_main(result, metric)
    for name in _choose_dimensions(result):
        if table := _find_table(result, name):
            yield from _render_effects(result, metric, table)


def _render_effects(result: Json, metric: Metric, table: Json) -> Iterator[str]:
    name, rows = table["name"], table["rows"]
    columns = {each["name"]: each for each in table["columns"]}
    yield f"{table['title']}:"
    for row in rows[:MAX_BROKEN_DOWN]:
        figures = [
            f"{time} {format_figure(row[time], columns[time], result['currency'])}"
            for time in ("before", "now")
            if row[time] is not None
        ]
        figures += [
            f"{columns[effect]['label']} {_format_difference(result, metric, row[effect])}"
            for effect in ("rate_effect", "mix_effect")
        ]
        yield f"- {name_value(name, str(row[name]))}: {', '.join(figures)}"
    if len(rows) > MAX_BROKEN_DOWN or table["rowCount"] > len(rows):
        shown = min(MAX_BROKEN_DOWN, len(rows))
        yield f"The first {shown} of {table['rowCount']:,} rows."


def _choose_dimensions(result: Json) -> Sequence[str]:
    """Those that were asked for, or the one that explains most; where none does, a usual one."""
    asked: Sequence[str] = result["request"]["dimensions"]
    metric = METRICS[result["request"]["metric"]]
    usual, *_ = list_chosen_dimensions(metric, USUALLY_SHOWN)
    return asked or [result["findings"].get("mainDimension") or usual]


# Findings of the others, in a sentence


def _summarize_anomalies(result: Json) -> Sequence[str]:
    found, period = result["findings"], result["request"]["period"]
    checked = f"{found['periodsChecked']} {period}s"
    count = found["anomalies"]
    kind = {"drops": "unusually low", "spikes": "unusually high"}.get(
        result["request"]["direction"], "unusual"
    )
    if not count:
        return [f"Of {checked}, none was {kind}."]
    return [f"Of {checked}, {count} {'was' if count == 1 else 'were'} {kind}."]


def _summarize_forecast(result: Json) -> Sequence[str]:
    found = result["findings"]
    column = {"unit": METRICS[result["request"]["metric"]].unit.value}
    total, low, high = (
        format_figure(found[name], column, result["currency"])
        for name in ("total", "totalLow", "totalHigh")
    )
    error = found["errorPercent"]
    range_of = f"between {low} and {high} in {found['levelPercent']}% of cases"
    count = result["tables"][0]["rowCount"]
    wanted = (
        f" ({format_count(count, result['request']['period'])})" if count > 1 else ""
    )
    lines = [f"Forecast in all{wanted}: {total}, {range_of}."]
    if error is not None:
        lines.append(
            f"Past forecasts of this kind ({found['pastForecasts']}) were {error}% off, and "
            f"{found['coveragePercent']}% of the figures were within such an interval."
        )
    return lines


def _summarize_pairs(result: Json) -> Sequence[str]:
    found = result["findings"]
    return [
        f"Orders: {found['orders']:,}, with several: {found['ordersWithSeveral']:,}."
    ]


def _summarize_customers(result: Json) -> Sequence[str]:
    return [f"Customers: {result['findings']['customers']:,}."]


def _summarize_searches(result: Json) -> Sequence[str]:
    found = result["findings"]
    column = {"unit": Unit.PERCENT.value}
    rates = [
        f"{label} {format_figure(found[name], column, None)}"
        for label, name in (
            ("zero-result rate", "zeroResultRate"),
            ("click rate", "clickRate"),
            ("conversion", "conversionRate"),
        )
    ]
    text = capitalize_first(", ".join(rates))
    lines = [f"Searches: {found['searches']:,}.", f"{text}."]
    if found["lostRevenueHigh"] is not None:
        low, high = (
            format_figure(found[name], {"unit": Unit.MONEY.value}, result["currency"])
            for name in ("lostRevenueLow", "lostRevenueHigh")
        )
        lines.append(f"Estimate of lost revenue: from {low} to {high}.")
    return lines


def _summarize_stock(result: Json) -> Sequence[str]:
    found = result["findings"]
    counts = (
        ("variants", "variants"),
        ("running out", "runningOut"),
        ("of these before an order of now arrives", "runningOutBeforeArrival"),
        ("out of stock now", "outOfStock"),
    )
    text = ", ".join(f"{label}: {found[name]:,}" for label, name in counts)
    return [f"{capitalize_first(text)}."]


SUMMARIES: Mapping[str, Callable[[Json], Sequence[str]]] = {
    "anomalies": _summarize_anomalies,
    "forecast": _summarize_forecast,
    "basket_pairs": _summarize_pairs,
    "retention": _summarize_customers,
    "rfm": _summarize_customers,
    "lifetime_value": _summarize_customers,
    "search_insights": _summarize_searches,
    "stock_outlook": _summarize_stock,
}
