"""Results of queries as files: CSV, Parquet and spreadsheets, downloaded through the API."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from tests.service.analytics.test_order_facts import insert_item, insert_order
from tests.support.api_client import ApiClient
from tests.support.local_analytics import LocalAnalyticsClient
from tests.support.ports import free_port
from tests.support.tokens import create_api_token
from tests.support.web_apps import AppFactory
from webapp.adapters.analytics.build import build_analytics
from webapp.adapters.analytics.port import FileFormat, Json, QueryError
from webapp.bootstrap import Runtime
from webapp.insights.query.errors import QueryTooLarge
from webapp.kit.formula_cells import unescape_formula
from webapp.kit.scopes import Scope

PATH = "/admin/analytics/export"
JANUARY = {"firstDay": "2026-01-01", "lastDay": "2026-01-31"}
QUERY: dict[str, Any] = {
    "metrics": ["net_revenue", "units"],
    "groupBy": ["product"],
    "window": JANUARY,
    "derived": [{"kind": "share", "metric": "net_revenue"}],
}
NAMES = ('=HYPERLINK("https://x.test")', 'Mug, "large"\nblue', "Tasse für Käthe ☕")
MEDIA_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def orders(runtime: Runtime) -> None:
    """An order of January, of two mugs and of two things with other names."""
    with runtime.db.unit_of_work() as session:
        order = insert_order(session)
        for position, name in enumerate((NAMES[0], NAMES[2]), 1):
            insert_item(
                session,
                order,
                position=position,
                name=name,
                sku=f"SKU-{position}",
                line_total_minor=1001 * position,
            )


def export(
    client: ApiClient, file_format: str, query: dict[str, Any] = QUERY
) -> TestResponse:
    return client.call("POST", f"{PATH}?format={file_format}", query)


def read_csv(content: bytes) -> Rows:
    lines = io.StringIO(content.decode(), newline="")
    return [
        {
            name: convert(text, to_text=name in {"product", "product_id"})
            for name, text in row.items()
        }
        for row in csv.DictReader(lines, strict=True)
    ]


def convert(text: str, *, to_text: bool) -> str | float | None:
    if text == "":
        return None
    return unescape_formula(text) if to_text else float(text)


def read_parquet(content: bytes) -> Rows:
    frame = pl.read_parquet(io.BytesIO(content))
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64)).to_dicts()


def read_xlsx(content: bytes) -> Rows:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    header, *rows = book.get_sheet_by_name("Figures").to_python()
    return [
        {
            str(name): None if value == "" else value
            for name, value in zip(header, row, strict=True)
        }
        for row in rows
    ]


@pytest.mark.parametrize(
    ("file_format", "read"),
    [("csv", read_csv), ("parquet", read_parquet), ("xlsx", read_xlsx)],
)
def test_a_file_has_the_rows_of_the_result(
    admin: ApiClient, file_format: str, read: Callable[[bytes], Rows]
) -> None:
    result = admin.expect_ok("POST", "/admin/analytics/query", QUERY)

    response = export(admin, file_format, result["query"])

    assert response.status_code == 200, response.text
    assert response.mimetype == MEDIA_TYPES[file_format]
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="net-revenue-and-units-by-product-2026-01-01-to-2026-01-31'
        f'.{file_format}"'
    )
    rows = read(response.data)
    assert rows == result["rows"]
    assert {row["product"] for row in rows} == set(NAMES)
    assert list(rows[0]) == [each["name"] for each in result["columns"]]


def test_csv_has_amounts_to_the_cent_and_no_formula(admin: ApiClient) -> None:
    response = export(
        admin, "csv", {**QUERY, "derived": [], "metrics": ["net_revenue"]}
    )

    assert response.content_type == "text/csv; charset=utf-8"
    assert response.data.decode().splitlines()[-1].endswith(",10.01")
    assert "\"'=HYPERLINK(" in response.data.decode()
    assert ",20.00\n" in response.data.decode()


def test_the_receipt_of_a_file_is_that_of_the_result(admin: ApiClient) -> None:
    result = admin.expect_ok("POST", "/admin/analytics/query", QUERY)
    asked = result["query"]

    metadata = pl.read_parquet_metadata(
        io.BytesIO(export(admin, "parquet", asked).data)
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(admin, "xlsx", asked).data))

    receipt = json.loads(metadata["receipt"])
    assert receipt == {
        name: value for name, value in result.items() if name not in {"rows", "chart"}
    }
    sheet: list[Any] = book.get_sheet_by_name("Receipt").to_python()
    facts = dict(sheet)
    assert facts["Title"] == result["title"]
    assert facts["As of"] == result["receipt"]["asOf"]
    again = admin.expect_ok(
        "POST", "/admin/analytics/query", json.loads(str(facts["Query"]))
    )
    assert again == result


def test_a_result_without_rows_is_a_file_without_rows(admin: ApiClient) -> None:
    none = {**QUERY, "having": [{"by": "units", "atLeast": 1000}]}

    assert export(admin, "csv", none).data.decode() == (
        "product,product_id,net_revenue,units,net_revenue_share\n"
    )
    assert read_parquet(export(admin, "parquet", none).data) == []
    assert read_xlsx(export(admin, "xlsx", none).data) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"metrics": ["margin"]}, "IMPOSSIBLE_QUERY"),
        (
            {**QUERY, "filters": [{"dimension": "country", "in": ["Atlantis"]}]},
            "IMPOSSIBLE_QUERY",
        ),
        ({"metrics": ["orders"], "window": {"firstDay": "2099-01-01"}}, "BAD_WINDOW"),
        ({"metrics": ["orders"], "group": ["day"]}, "INVALID_REQUEST"),
    ],
)
def test_a_query_without_an_answer_is_refused(
    admin: ApiClient, query: dict[str, Any], code: str
) -> None:
    assert admin.expect_error("POST", f"{PATH}?format=csv", query) == (400, code)


@pytest.mark.parametrize("parameters", ["?format=pdf", "?format=", "?format=CSV"])
def test_a_format_that_there_is_not_is_refused(
    admin: ApiClient, parameters: str
) -> None:
    error = admin.expect_error("POST", f"{PATH}{parameters}", QUERY)

    assert error == (400, "INVALID_REQUEST")


def test_a_file_is_csv_unless_another_format_is_named(admin: ApiClient) -> None:
    assert admin.call("POST", PATH, QUERY).mimetype == "text/csv"


def test_a_program_with_the_scope_gets_files_and_no_other(
    runtime: Runtime, nobody: ApiClient, customer: ApiClient
) -> None:
    answers = {}
    for scope in (Scope.ANALYTICS_READ, Scope.ORDERS_READ):
        token = create_api_token(runtime, scope)
        response = nobody.call(
            "POST",
            f"{PATH}?format=csv",
            QUERY,
            headers={"Authorization": f"Bearer {token}"},
        )
        answers[scope] = response.status_code

    assert answers == {Scope.ANALYTICS_READ: 200, Scope.ORDERS_READ: 403}
    assert export(customer, "csv").status_code == 403
    assert export(nobody, "csv").status_code == 401


def test_without_ray_the_answer_says_why(
    runtime: Runtime, create_app: AppFactory, admin: ApiClient
) -> None:
    settings = runtime.settings.model_copy(
        update={"assistant_url": f"http://127.0.0.1:{free_port()}"}
    )
    app = create_app(replace(runtime, analytics=build_analytics(settings)))
    boss = ApiClient(app, admin.customer_id, admin=True)

    assert boss.expect_error("POST", f"{PATH}?format=csv", QUERY) == (
        503,
        "ANALYTICS_UNAVAILABLE",
    )
    # What makes no sense is refused whether the analytics run or not.
    assert boss.expect_error("POST", f"{PATH}?format=csv", {"metrics": ["margin"]}) == (
        400,
        "IMPOSSIBLE_QUERY",
    )


class AnalyticsWithoutMemory(LocalAnalyticsClient):
    """Has too little memory for any file."""

    def export_query(
        self, query: Json, file_format: FileFormat, *, caller_id: UUID
    ) -> QueryError:
        del query, file_format, caller_id
        refused = QueryTooLarge.from_limit(2048)
        return QueryError(
            code=refused.code, message=refused.message, possible=refused.possible
        )


def test_a_file_that_needs_too_much_memory_is_refused(
    runtime: Runtime, create_app: AppFactory, admin: ApiClient
) -> None:
    analytics = AnalyticsWithoutMemory(runtime.db, runtime.settings)
    app = create_app(replace(runtime, analytics=analytics))
    boss = ApiClient(app, admin.customer_id, admin=True)

    assert boss.expect_error("POST", f"{PATH}?format=csv", QUERY) == (
        422,
        "QUERY_TOO_LARGE",
    )
