"""How the tables of a mail are laid out, so that a phone shows all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from analytics.reports.content import build_content
from analytics.reports.mail import render_html
from analytics.reports.mail_tables import (
    MailCell,
    MailTable,
    TableLayout,
    lay_out_table,
)
from analytics.reports.tables import ReportTable
from tests.support.order_lines import order_line
from tests.support.report_documents import build_document, compute_result, show_result
from webapp.insights.reports.document import ReportDocument

DECEMBER, JANUARY = (
    datetime(*day, tzinfo=UTC) for day in ((2025, 12, 20), (2026, 1, 9))
)
COMPARED = {
    "window": {"firstDay": "2026-01-01", "lastDay": "2026-01-31"},
    "compareTo": "previous",
}


def draw_nothing(table: ReportTable) -> None:
    del table


def document_of(
    metrics: Sequence[str], groups: Sequence[str] = (), **query: Any
) -> Any:
    lines = [
        order_line(order_id=name, category=name, amount_minor=1234567, at=at)
        for name, at in (("Kitchen", JANUARY), ("Garden", JANUARY), ("Toys", DECEMBER))
    ]
    return build_document(
        show_result(
            compute_result(*lines, metrics=list(metrics), groupBy=list(groups), **query)
        )
    )


def lay_out(document: ReportDocument) -> MailTable:
    [section] = build_content(document, draw_nothing).sections
    return lay_out_table(section.tables[0], max_rows=15)


@pytest.mark.parametrize(
    ("metrics", "groups", "is_compared", "layout"),
    [
        (["net_revenue"], ["category"], False, TableLayout.COLUMNS),
        (["net_revenue"], ["category"], True, TableLayout.COLUMNS),
        (["net_revenue", "orders"], ["category"], False, TableLayout.COLUMNS),
        (["net_revenue"], ["category", "month"], False, TableLayout.COLUMNS),
        (["net_revenue", "orders"], ["category"], True, TableLayout.NAMES_ABOVE),
        (["net_revenue", "orders"], ["category", "month"], False, TableLayout.NAMES_ABOVE),
        (["net_revenue", "gross_sales", "units"], ["category"], False, TableLayout.NAMES_ABOVE),
        (["net_revenue", "gross_sales", "units"], ["category"], True, TableLayout.LIST),
        (["net_revenue", "gross_sales", "units", "orders"], [], True, TableLayout.COLUMNS),
    ],
)  # fmt: skip
def test_a_table_is_as_wide_as_a_phone_at_most(
    metrics: list[str], groups: list[str], is_compared: bool, layout: TableLayout
) -> None:
    query = COMPARED if is_compared else {}

    assert lay_out(document_of(metrics, groups, **query)).layout is layout


def test_a_longer_figure_makes_a_table_wider() -> None:
    document = document_of(["net_revenue", "orders"], ["category"])
    result = document.sections[0].result
    rows = [{**row, "net_revenue": 123_456_789_012_345.5} for row in result.rows]
    result = result.model_copy(update={"rows": rows})

    table = lay_out(build_document(show_result(result)))

    assert table.layout is TableLayout.NAMES_ABOVE


def test_what_is_compared_stands_below_its_figure() -> None:
    document = document_of(["net_revenue", "orders"], ["category"], **COMPARED)
    result = document.sections[0].result
    [first, *others] = result.rows
    risen = {"net_revenue_before": 10000.0, "net_revenue_change": 2345.67}
    rows = [{**first, **risen, "net_revenue_change_percent": 23.4567}, *others]
    table = lay_out(
        build_document(show_result(result.model_copy(update={"rows": rows})))
    )

    assert (table.names, table.figures) == (["Category"], ["Net revenue", "Orders"])
    assert table.rows[0].figures[0] == MailCell(
        "$12,345.67", ["before $10,000.00", "+$2,345.67 (+23.5%)"]
    )
    # On nothing, there is no change in percent.
    assert table.rows[1].figures[1] == MailCell("1", ["before 0", "+1"])
    assert table.total is not None
    assert table.total.name == "Total"
    assert table.total.figures[0] == MailCell(
        "$24,691.34", ["before $12,345.67", "+$12,345.67 (+100.0%)"]
    )


def test_what_was_computed_from_a_figure_is_a_figure_of_its_own() -> None:
    share = {"kind": "share", "metric": "net_revenue"}
    document = document_of(["net_revenue"], ["category"], derived=[share], **COMPARED)

    table = lay_out(document)

    assert len(table.figures) == 2
    assert [len(each.compared) for each in table.rows[0].figures] == [2, 0]


@pytest.mark.parametrize(
    "metrics",
    [
        ["net_revenue"],
        ["net_revenue", "orders"],
        ["net_revenue", "gross_sales", "units"],
    ],
)
def test_a_mail_has_every_figure_in_any_layout(metrics: list[str]) -> None:
    document = document_of(metrics, ["category"], **COMPARED)
    content = build_content(document, draw_nothing)

    html = render_html(content, [])

    assert "overflow-x" not in html
    [table] = content.sections[0].tables
    for column, label in enumerate(table.columns):
        assert label.part or f">{label.label}<" in html or "colspan" in html
        for row in [*table.rows, table.list_totals(3)]:
            assert not row[column].strip("–") or row[column] in html  # noqa: RUF001
