"""Renders results as text. Every figure comes unchanged from a result, and each answer begins with
the query in words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.local.dialogue_state import Json
from agents.local.formatting import format_amount, format_count
from webapp.insights.query.definitions import (
    DIMENSIONS,
    FAMILIES,
    METRICS,
    PERIODS,
    list_families,
)
from webapp.insights.query.descriptions import join_words, name_value
from webapp.kit.text import capitalize_first

MAX_ROWS = 12
"""In the text; the data beside it has all of them."""
MAX_PERIODS = 31
OF_STOCK = "What has no stock on record is in no row, whether it was sold or not."
Row = Mapping[str, Any]


def render_result(result: Json) -> str:
    lines = [f"{result['title']}.", *result["notes"]]
    if _is_of_nothing_sold(result["query"]):
        lines.append(OF_STOCK)
    if result["query"].get("groupBy"):
        lines += _render_rows(result)
    else:
        lines += _render_figures(result, result["totals"])
    lines += _render_currencies(result)
    lines.append(render_receipt(result["receipt"]))
    return "\n".join(lines)


def _is_of_nothing_sold(query: Json) -> bool:
    """Whether rows are those of stock, of which nothing was sold."""
    of_nothing = {
        each["by"] for each in query.get("having", []) if each.get("atMost") == 0
    }
    return "stock" in query["metrics"] and not of_nothing.isdisjoint(
        {"units", "orders"}
    )


def render_receipt(receipt: Json) -> str:
    count = receipt["rowsRead"]
    names = list_families(each["name"] for each in receipt["metrics"])
    rows = join_words([FAMILIES[name].rows for name in names])
    read = f"1 of the {rows}" if count == 1 else f"{count:,} {rows}"
    return f"({read} read, as of {receipt['asOf']}.)"


def _render_rows(result: Json) -> Iterator[str]:
    rows, query = result["rows"], result["query"]
    if not rows:
        yield "No rows are left." if result["rowCount"] else _name_nothing(query)
        return
    is_grouped = bool(query.get("limitBy"))
    is_ranked = bool(query.get("sort")) and not is_grouped
    is_course = any(name in PERIODS for name in query["groupBy"]) and not is_ranked
    shown = MAX_PERIODS if is_course or is_grouped else MAX_ROWS
    first = (query.get("offset") or 0) + 1
    for number, row in enumerate(rows[:shown], first):
        bullet = f"{number}." if is_ranked else "-"
        yield f"{bullet} {_name_row(result, row)}: {_join_figures(result, row)}"
    if len(rows) > shown:
        yield f"The table has all {len(rows):,} rows."
    elif result["rowCount"] > len(rows):
        yield f"Of {result['rowCount']:,} rows in all."
    if len(rows) > 1 and (total := _render_total(result)):
        yield total


def _name_nothing(query: Json) -> str:
    """Whether it is that nothing rose, or fell, where that was asked."""
    moves = [each for each in query.get("having", []) if each["by"].endswith("_change")]
    [first, *more] = [DIMENSIONS[each] for each in query["groupBy"]]
    for end, verb in (("lessThan", "fell"), ("moreThan", "rose")):
        if not more and moves == [{"by": moves[0]["by"] if moves else "", end: 0}]:
            return f"There is nothing that fits: no {first.label} {verb}."
    return "There is nothing that fits."


def _name_row(result: Json, row: Row) -> str:
    names = [name_value(each, str(row[each])) for each in result["query"]["groupBy"]]
    return ", ".join(names)


def _join_figures(result: Json, row: Row) -> str:
    return ", ".join(
        _iterate_figures(result, row, named=len(_list_figures(result)) > 1)
    )


def _list_figures(result: Json) -> list[Json]:
    return [each for each in result["columns"] if each["role"] != "dimension"]


def _iterate_figures(result: Json, row: Row, *, named: bool) -> Iterator[str]:
    for column in _list_figures(result):
        if column["name"] not in row:
            continue
        currency = row.get("currency") or result["currency"]
        figure = format_figure(row[column["name"]], column, currency)
        yield f"{_shorten_label(result, column)} {figure}".strip() if named else figure


def _shorten_label(result: Json, column: Json) -> str:
    """Without the metric, where there is only one: "before", "change in percent"."""
    label: str = column["label"]
    [first, *others] = result["query"]["metrics"]
    if others:
        return label
    metric = METRICS[first].label
    if label == metric:
        return ""
    short = label.replace(f" of {metric}", "").replace(f"{metric} ", "")
    return short.replace(" on the period before in percent", "")


def _render_figures(result: Json, row: Row) -> Iterator[str]:
    for column in _list_figures(result):
        if column["name"] in row:
            figure = format_figure(row[column["name"]], column, result["currency"])
            yield f"{capitalize_first(column['label'])}: {figure}"


def format_figure(value: float | None, column: Json, currency: str | None) -> str:
    if value is None:
        return "none"
    if column["unit"] == "money" and currency is not None:
        return format_amount(value, currency)
    if column["unit"] == "count":
        return f"{value:,}"
    return f"{value:,.10g}{'%' if column['unit'] == 'percent' else ''}"


def _render_total(result: Json) -> str:
    figures = [
        f"{column['label']} {figure}"
        for column in _list_figures(result)
        if column["role"] == "metric"
        and result["totals"].get(column["name"]) is not None
        for figure in [
            format_figure(result["totals"][column["name"]], column, result["currency"])
        ]
    ]
    if not figures:
        return ""
    if result["query"].get("having"):
        # Totals are of all rows, and not of those alone that are left.
        return f"In all, other rows included: {', '.join(figures)}."
    [first, *more] = [DIMENSIONS[each] for each in result["query"]["groupBy"]]
    counted = "" if more else f" {format_count(result['rowCount'], first.label)}"
    if result["rowCount"] > 1 and not more:
        counted = f" {result['rowCount']:,} {first.plural}"
    return f"In all{counted}: {', '.join(figures)}."


def _render_currencies(result: Json) -> Iterator[str]:
    is_part = len(result["rows"]) < result["rowCount"]
    for rows, label in (
        (result["byCurrency"], "All rows, as paid" if is_part else "As paid"),
        (result["unconverted"], "Not included, as there is no rate"),
    ):
        for row in rows:
            figures = ", ".join(_iterate_figures(result, row, named=True))
            yield f"{label} in {row['currency']}: {figures}."
