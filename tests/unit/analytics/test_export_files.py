"""Files of results, read again by programs that know nothing of how they were written."""

import csv
import io
import json
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from analytics.exports.files import write_file
from analytics.exports.sheets import MAX_CELL_TEXT
from analytics.semantic.execution import run_query
from tests.support.order_lines import AS_OF, order_facts, order_line
from webapp.adapters.analytics.port import FileFormat
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.formula_cells import unescape_formula

NAMES = (
    "=1+1",
    "+49 30",
    "-5",
    "@SUM(A1)",
    "\tTab",
    "\rReturn",
    "'=quoted",
    "'plain",
    "\uff1d1",
    "{=1}",
    "https://shop.test",
    "007",
    'Mug, "large"\nblue; red',
    "Bücher ☕ 本 🎁",
    "_x0041_",
    " blank ",
)
"""Of categories. All are texts, whatever a spreadsheet would make of them."""
SHARE = {"kind": "share", "metric": "net_revenue"}
AVERAGE = {"kind": "moving_average", "metric": "orders", "length": 2}
RANK = {"kind": "rank", "metric": "net_revenue"}
Rows = list[dict[str, Any]]


def compute(*lines: Any, **query: Any) -> AnalyticsResult:
    asked = AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query})
    return run_query(
        asked, order_facts(*lines), home_currency="USD", zone=ZoneInfo("UTC")
    )


def compute_named() -> AnalyticsResult:
    """A row for each name, of 10.01, 10.02 and so on: of which doubles have none."""
    lines = [
        order_line(order_id=str(number), category=name, amount_minor=1000 + number)
        for number, name in enumerate(NAMES, 1)
    ]
    return compute(*lines, metrics=["net_revenue", "orders"], groupBy=["category"])


def write(result: AnalyticsResult, file_format: FileFormat) -> bytes:
    return write_file(result, file_format).content


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def read_xlsx(content: bytes, sheet: str = "Figures") -> list[list[Any]]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert workbook.sheet_names == ["Figures", "Receipt"]
    return workbook.get_sheet_by_name(sheet).to_python()


def read_parquet(content: bytes, path: Path) -> tuple[list[str], Rows]:
    """The types of the columns, and the rows, as DuckDB sees them."""
    path.write_bytes(content)
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(path))
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
        return [str(kind) for kind in found.types], rows


def read_parquet_receipt(content: bytes, path: Path) -> Any:
    path.write_bytes(content)
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT value FROM parquet_kv_metadata(?) WHERE key = 'receipt'",
            [str(path)],
        ).fetchall()
    [(receipt,)] = found
    return json.loads(receipt)


def test_texts_come_back_from_csv_and_none_is_a_formula() -> None:
    result = compute_named()

    header, *rows = read_csv(write(result, FileFormat.CSV))

    assert header == ["category", "net_revenue", "orders"]
    assert [unescape_formula(row[0]) for row in rows] == [
        row["category"] for row in result.rows
    ]
    assert {row[0] for row in rows if row[0][0] in "=+-@\t\r\uff1d"} == set()
    assert ["'=1+1", "10.01", "1"] in rows
    assert ["''=quoted", "10.07", "1"] in rows
    assert ["'plain", "10.08", "1"] in rows


def test_texts_come_back_from_a_spreadsheet_and_none_is_a_formula() -> None:
    result = compute_named()
    content = write(result, FileFormat.XLSX)

    header, *rows = read_xlsx(content)

    assert header == ["category", "net_revenue", "orders"]
    assert {row[0] for row in rows} == set(NAMES)
    assert [row[1:] for row in rows] == [
        [row["net_revenue"], row["orders"]] for row in result.rows
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in archive.namelist() if "_rels/sheet" in name]
    assert "<f>" not in sheet
    assert sheet.count('t="s"') == len(header) + len(rows)


def test_texts_come_back_from_parquet_as_they_are(tmp_path: Path) -> None:
    result = compute_named()

    types, rows = read_parquet(write(result, FileFormat.PARQUET), tmp_path / "file")

    assert types == ["VARCHAR", "DECIMAL(18,2)", "BIGINT"]
    assert {row["category"] for row in rows} == set(NAMES)
    assert rows[0]["net_revenue"] == Decimal("10.16")


def compute_mixed() -> AnalyticsResult:
    """Two weekdays of two weeks, of which the first knows nothing of the week before."""
    lines = [
        order_line(
            order_id=str(number),
            at=AS_OF - timedelta(days=number),
            amount_minor=1999 * number,
        )
        for number in range(1, 4)
    ]
    return compute(
        *lines,
        metrics=["net_revenue", "orders"],
        groupBy=["weekday"],
        window={"unit": "week", "count": 2},
        compareTo="previous",
        derived=[SHARE, RANK],
    )


def test_figures_keep_their_units_and_what_is_unknown_is_empty(tmp_path: Path) -> None:
    result = compute_mixed()
    assert any(None in row.values() for row in result.rows)

    types, rows = read_parquet(write(result, FileFormat.PARQUET), tmp_path / "file")
    _, *csv_rows = read_csv(write(result, FileFormat.CSV))
    _, *cells = read_xlsx(write(result, FileFormat.XLSX))

    money, count, percent = "DECIMAL(18,2)", "BIGINT", "DOUBLE"
    assert types == [
        *(count, money, money, money, percent),
        *(count, count, count, percent, percent, count),
    ]
    for row, parsed, texts, sheet in zip(
        result.rows, rows, csv_rows, cells, strict=True
    ):
        assert [as_float(value) for value in parsed.values()] == list(row.values())
        assert [float(text) if text else None for text in texts] == list(row.values())
        assert [None if cell == "" else cell for cell in sheet] == list(row.values())
    shown = "" if rows[0]["net_revenue"] is None else f"{rows[0]['net_revenue']:.2f}"
    assert csv_rows[0][1] == shown


def as_float(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def test_an_average_of_counts_is_a_number_with_decimals(tmp_path: Path) -> None:
    lines = [
        order_line(order_id=str(number), at=AS_OF - timedelta(days=1 + number // 2))
        for number in range(1, 4)
    ]
    result = compute(*lines, metrics=["orders"], groupBy=["day"], derived=[AVERAGE])

    types, rows = read_parquet(write(result, FileFormat.PARQUET), tmp_path / "file")

    assert types == ["VARCHAR", "BIGINT", "DOUBLE"]
    assert [row["orders_moving_average"] for row in rows] == [None, 1.5, 0.5]


def test_a_result_without_rows_is_a_header(tmp_path: Path) -> None:
    result = compute(
        order_line(),
        groupBy=["category", "weekday"],
        having=[{"by": "net_revenue", "atLeast": 1e9}],
    )
    assert result.rows == []

    names = ["category", "weekday", "net_revenue"]
    assert read_csv(write(result, FileFormat.CSV)) == [names]
    assert read_xlsx(write(result, FileFormat.XLSX)) == [names]
    content = write(result, FileFormat.PARQUET)
    assert read_parquet(content, tmp_path / "file") == (
        ["VARCHAR", "BIGINT", "DECIMAL(18,2)"],
        [],
    )


def test_a_row_whose_only_value_is_unknown_is_a_row() -> None:
    result = compute(metrics=["average_order_value"])
    assert result.rows == [{"average_order_value": None}]

    content = write(result, FileFormat.CSV)

    assert read_csv(content) == [["average_order_value"], [""]]


def test_a_spreadsheet_has_the_receipt_on_its_second_sheet() -> None:
    result = compute_mixed()
    assert result.notes

    facts = read_xlsx(write(result, FileFormat.XLSX), "Receipt")

    values = dict(facts)
    assert facts[0] == ["Title", result.title]
    for metric in result.receipt.metrics:
        assert values[f"Definition of {metric.label}"] == metric.definition
    assert values["First day"] == result.receipt.first_day
    assert values["Last day"] == result.receipt.last_day
    assert values["Time zone"] == "UTC"
    assert values["As of"] == result.receipt.as_of
    assert values["Rows read"] == str(result.receipt.rows_read)
    assert values["Currency of the amounts"] == "USD"
    assert values["Currencies paid in"] == "USD"
    assert [value for name, value in facts if name == "Note"] == result.notes
    assert AnalyticsQuery.model_validate_json(values["Query"]) == result.query


def test_parquet_has_the_result_without_its_rows_as_metadata(tmp_path: Path) -> None:
    result = compute_mixed()

    receipt = read_parquet_receipt(write(result, FileFormat.PARQUET), tmp_path / "file")

    whole = result.model_dump(mode="json")
    assert receipt == {
        name: value for name, value in whole.items() if name not in {"rows", "chart"}
    }


def test_a_text_that_is_too_long_for_a_cell_goes_on_in_the_next_row() -> None:
    values = [f"{number:0200}" for number in range(200)]
    result = compute_named()
    query = {"dimension": "category", "notIn": values}
    asked = AnalyticsQuery.model_validate({"metrics": ["orders"], "filters": [query]})

    facts = read_xlsx(
        write(result.model_copy(update={"query": asked}), FileFormat.XLSX), "Receipt"
    )

    parts = [value for name, value in facts if name == "Query"]
    assert len(parts) == 3
    assert max(map(len, parts)) <= MAX_CELL_TEXT
    assert AnalyticsQuery.model_validate_json("".join(parts)) == asked


@pytest.mark.parametrize("file_format", FileFormat)
def test_the_same_result_gives_the_same_bytes(file_format: FileFormat) -> None:
    result = compute_named()

    assert write(result, file_format) == write(result, file_format)
    if file_format is FileFormat.XLSX:
        with zipfile.ZipFile(io.BytesIO(write(result, file_format))) as archive:
            written = (
                f"{datetime.fromisoformat(result.receipt.as_of):%Y-%m-%dT%H:%M:%S}Z"
            )
            assert written in archive.read("docProps/core.xml").decode()


MARCH = {"firstDay": "2026-03-01", "lastDay": "2026-03-31"}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (
            {"groupBy": ["country"], "window": MARCH},
            "net-revenue-by-country-2026-03-01-to-2026-03-31.csv",
        ),
        (
            {"groupBy": ["month", "product"], "window": {"firstDay": "2026-03-02"}},
            "net-revenue-by-month-and-product-2026-03-02-to-{today}.csv",
        ),
        (
            {
                "metrics": ["orders", "units", "tax", "net_revenue", "refunds"],
                "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-01"},
            },
            "orders-and-units-and-tax-and-2-more-2026-03-01.csv",
        ),
        ({"window": {"lastDay": "2026-03-31"}}, "net-revenue-until-2026-03-31.csv"),
        ({}, "net-revenue-until-{today}.csv"),
    ],
)
def test_the_name_of_a_file_says_what_is_in_it(
    query: dict[str, Any], name: str
) -> None:
    lines = [order_line(at=AS_OF - timedelta(days=1))]

    written = write_file(compute(*lines, **query), FileFormat.CSV).name

    assert written == name.format(today=f"{AS_OF:%Y-%m-%d}")
