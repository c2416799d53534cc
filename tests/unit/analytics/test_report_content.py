"""What a report shows, and its mail and plain text, read again by programs that know nothing of how
they were made. No chart is drawn here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from analytics.reports.content import (
    MAX_SHOWN,
    NO_ROWS,
    DrawnChart,
    ShownReport,
    build_content,
)
from analytics.reports.figures import clean_text, format_cell, format_figure
from analytics.reports.findings import AMOUNTS, COUNTS, RATIOS, list_findings
from analytics.reports.mail import render_html
from analytics.reports.row_order import MAX_MAILED
from analytics.reports.tables import CURRENCY_COLUMN, ReportTable
from analytics.reports.text import LINE_CHARS, measure_text, render_text
from tests.support.order_lines import order_line
from tests.support.report_documents import (
    HOSTILE_NAMES,
    build_document,
    compute_result,
    show_result,
)
from webapp.adapters.analytics.port import ReportFormat
from webapp.insights.analyses.requests import BasketPairsRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    ConcentrationFindings,
    ExplainChangeFindings,
    Findings,
)
from webapp.insights.query.definitions import Unit
from webapp.insights.query.results import (
    AnalyticsResult,
    ColumnRole,
    MetricReceipt,
    ResultColumn,
)
from webapp.insights.reports.document import (
    ReportAlert,
    ReportDocument,
    ReportSection,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"></svg>'
XLSX, PDF, CSV = ReportFormat.XLSX, ReportFormat.PDF, ReportFormat.CSV
VOID = {"img", "br"}


def draw_nothing(table: ReportTable) -> DrawnChart | None:
    del table
    return None


def draw_square(table: ReportTable) -> DrawnChart | None:
    return DrawnChart(SVG, is_complete=False) if table.chart else None


def show(document: ReportDocument) -> ShownReport:
    return build_content(document, draw_nothing)


def compute_named(*names: str) -> AnalyticsResult:
    lines = [
        order_line(order_id=str(number), category=name, amount_minor=100000 - number)
        for number, name in enumerate(names)
    ]
    return compute_result(*lines, groupBy=["category"])


class PageReader(HTMLParser):
    """Its elements, texts and attributes; fails where they are not nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))

    def list_values(self, name: str) -> list[str | None]:
        return [value for each, value in self.attributes if each == name]


def read_mail(
    document: ReportDocument, formats: Sequence[ReportFormat] = ()
) -> PageReader:
    return PageReader(render_html(build_content(document, draw_square), formats))


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1234.5, Unit.MONEY, "$1,234.50"),
        (-3, Unit.MONEY, "-$3.00"),
        (-0.001, Unit.MONEY, "$0.00"),
        (12.345, Unit.PERCENT, "12.3%"),
        (1234567, Unit.COUNT, "1,234,567"),
        (4.5, Unit.COUNT, "4.50"),
        (0.256, Unit.RATIO, "0.26"),
    ],
)
def test_figures_are_shown_in_their_unit(value: float, unit: Unit, shown: str) -> None:
    assert format_figure(value, unit, "USD") == shown


def test_changes_have_a_sign_and_those_of_rates_are_in_points() -> None:
    def show_change(name: str, value: float | None, unit: Unit) -> str:
        column = ResultColumn(
            name=name, label=name, role=ColumnRole.COMPARISON, unit=unit
        )
        return format_cell(column, {name: value}, "EUR")

    assert show_change("net_revenue_change", 5, Unit.MONEY) == "+€5.00"
    assert show_change("net_revenue_change_percent", -2.04, Unit.PERCENT) == "-2.0%"
    assert show_change("net_revenue_change", 0, Unit.MONEY) == "€0.00"
    assert show_change("net_revenue_change_percent", None, Unit.PERCENT) == "–"  # noqa: RUF001
    assert show_change("refund_rate_change", 0.5, Unit.PERCENT) == "+0.5 pp"
    assert show_change("net_revenue_before", 5, Unit.MONEY) == "€5.00"


def test_an_amount_without_a_currency_has_no_sign() -> None:
    column = ResultColumn.example()

    assert format_cell(column, {column.name: 1}, None) == "1.00"


def test_amounts_by_currency_are_as_paid_in_a_query_and_converted_in_an_analysis() -> (
    None
):
    row = {"currency": "GBP", "net_revenue": 7.0}
    lines = [order_line(order_id=code, currency=code) for code in ("GBP", "USD")]
    paid = compute_result(*lines, groupBy=["currency"]).model_copy(
        update={"rows": [row]}
    )
    [table] = AnalysisResult.example().tables
    columns = [CURRENCY_COLUMN, paid.columns[-1]]
    converted = AnalysisResult.example(
        tables=[table.model_copy(update={"columns": columns, "rows": [row]})]
    )
    sections = [
        *show(build_document(show_result(paid))).sections,
        *show(build_document(ReportSection(heading="", analysis=converted))).sections,
    ]

    assert [list(section.tables[0].rows[0]) for section in sections] == [
        ["GBP", "£7.00"],
        ["GBP", "$7.00"],
    ]


def test_a_text_that_is_shown_is_one_line_in_the_order_it_is_written() -> None:
    assert clean_text("a\n b\t\u202ec\u202c\u2067\x00\x7fd") == "a b cd"
    assert clean_text("\U0001f468\u200d\U0001f469") == "\U0001f468\u200d\U0001f469"


def test_a_report_says_what_it_is_of() -> None:
    result = compute_result(order_line(), groupBy=["month"])
    section = show_result(result, "By <month>")
    document = build_document(
        section, title="Weekly <sales>", is_late=True, notes=["Only a & b"]
    )

    page = read_mail(document)
    text = render_text(show(document), [])

    for each in (
        "Weekly <sales>",
        "16 to 22 November 2026 (UTC)",
        (
            "This report was due 23 November 2026, 06:00 UTC, and was computed later. Its "
            "figures are those of the time at which it was due."
        ),
        "Only a & b",
        "By <month>",
        result.title,
        (
            "1 of 1 lines of orders and refunds counted, as of 15 June 2026, 12:00 UTC; "
            "source: test."
        ),
    ):
        assert each in page.texts
        assert each in " ".join(text.split())


def test_a_report_that_is_in_time_says_nothing_of_it() -> None:
    assert "computed later" not in render_text(show(build_document()), [])


def test_names_are_texts_in_a_mail_whatever_they_are() -> None:
    result = compute_named(*HOSTILE_NAMES)
    section = ReportSection(heading=HOSTILE_NAMES[0], result=result)
    document = build_document(section, title=HOSTILE_NAMES[1], notes=[HOSTILE_NAMES[7]])

    page = read_mail(document)

    assert page.tags <= {
        "h1", "h2", "h3", "p", "div", "table", "thead", "tbody", "tfoot", "tr", "th",
        "td", "img",
    }  # fmt: skip
    assert {name for name, _ in page.attributes} <= {
        "style", "src", "alt", "width", "role", "scope", "cellpadding", "cellspacing",
        "align", "valign", "nowrap",
    }  # fmt: skip
    assert {clean_text(name) for name in HOSTILE_NAMES} <= set(page.texts)
    assert {"one two three", "abcevilx"} <= set(page.texts)


def test_a_mail_of_many_tables_is_not_cut_by_mail_programs() -> None:
    names = [f"Category of a usual length {number}" for number in range(50)]
    sections = [show_result(compute_named(*names)) for _ in range(10)]

    html = render_html(build_content(build_document(*sections), draw_square), [])

    assert len(html.encode()) < 50_000


def test_names_keep_to_their_line_in_a_text() -> None:
    text = render_text(
        show(build_document(show_result(compute_named(*HOSTILE_NAMES)))), []
    )

    assert max(map(measure_text, text.splitlines())) <= LINE_CHARS
    assert not set(text) & set("\r\u202e\u202c\u2067")
    assert "one two three" in text


def test_columns_of_a_text_are_aligned() -> None:
    result = compute_named("茶壶", "Mug", "Long name")
    lines = render_text(show(build_document(show_result(result))), []).splitlines()

    rows = [line for line in lines if line.endswith((".00", ".99", ".98", "revenue"))]
    assert len(rows) == 4
    assert len({measure_text(row) for row in rows}) == 1
    [chinese, *others] = sorted(map(len, rows))
    assert {chinese + 2} == set(others)


def test_a_wide_table_is_a_list_in_a_text() -> None:
    result = compute_result(
        order_line(),
        order_line(order_id="2", category="Garden"),
        metrics=["net_revenue", "orders", "units", "average_order_value"],
        groupBy=["category"],
        window={"firstDay": "2026-01-01", "lastDay": "2026-01-31"},
        compareTo="previous",
    )
    text = render_text(show(build_document(show_result(result))), [])

    assert "- Kitchen\n  Net revenue: $10.00\n" in text
    assert max(map(len, text.splitlines())) <= LINE_CHARS


@pytest.mark.parametrize(
    ("formats", "place"),
    [
        ([XLSX, CSV, PDF], "in the attached spreadsheet"),
        ([CSV, PDF], "in the attached CSV files"),
        ([PDF], "in the attached PDF"),
        ([], "in the shop, where this query can be run"),
    ],
)
def test_a_long_table_is_cut_and_says_where_the_rest_is(
    formats: list[ReportFormat], place: str
) -> None:
    result = compute_named(*(f"Category {number:03}" for number in range(100)))
    document = build_document(show_result(result))

    page = read_mail(document, formats)
    text = render_text(show(document), formats)

    assert f"Category {MAX_MAILED - 1:03}" in page.texts
    assert f"Category {MAX_MAILED:03}" not in page.texts
    rest = f"The first 15 of 100 rows; all of them are {place}."
    assert rest in page.texts
    assert rest in " ".join(text.split())
    assert "All 100 rows" in page.texts
    assert "Category 015" not in text


def test_a_table_that_a_pdf_cuts_is_not_said_to_be_in_it() -> None:
    result = compute_named(*(f"C{number}" for number in range(MAX_SHOWN + 1)))
    [section] = show(build_document(show_result(result))).sections

    assert section.tables[0].describe_rest(MAX_SHOWN, [PDF]) == (
        "The first 200 of 201 rows; all of them are in the shop, where this query can be run."
    )


def test_a_limit_of_the_query_is_said_and_totals_are_of_all_rows() -> None:
    lines = [
        order_line(order_id=str(number), category=f"C{number}") for number in range(5)
    ]
    result = compute_result(*lines, groupBy=["category"], limit=2)
    [section] = show(build_document(show_result(result))).sections
    [table] = section.tables

    assert table.describe_rest(2, [XLSX]) == "2 of 5 rows, as the report asks for."
    assert table.list_totals(2) == ["All 5 rows", "$50.00"]


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        ({"limit": 1}, "1 of 12 rows, as the report asks for."),
        ({}, "1 of 12 rows."),
    ],
)
def test_a_limit_that_nobody_asked_for_is_not_said_to_be_asked_for(
    asked: dict[str, int], rest: str
) -> None:
    example = AnalysisResult.example()
    [table] = example.tables
    request = BasketPairsRequest.model_validate({"analysis": "basket_pairs", **asked})
    cut = table.model_copy(update={"row_count": 12})
    result = example.model_copy(update={"request": request, "tables": [cut]})
    section = ReportSection(heading="Pairs", analysis=result)

    [shown] = show(build_document(section)).sections

    assert shown.tables[0].describe_rest(1, []) == rest


def test_totals_of_rows_that_a_condition_leaves_out_say_so() -> None:
    lines = [
        order_line(order_id="1", category="A", amount_minor=100),
        order_line(order_id="2", category="B", amount_minor=9900),
    ]
    having = [{"by": "net_revenue", "atLeast": 50}]
    result = compute_result(*lines, groupBy=["category"], having=having)
    [section] = show(build_document(show_result(result))).sections

    assert section.tables[0].rows == [["B", "$99.00"]]
    assert section.tables[0].list_totals(1) == [
        "All rows, with those left out",
        "$100.00",
    ]


def test_one_row_has_no_total_and_none_says_so() -> None:
    [one, none] = show(
        build_document(
            show_result(compute_named("A")),
            show_result(
                compute_result(
                    order_line(),
                    groupBy=["category"],
                    window={"firstDay": "2020-01-01", "lastDay": "2020-01-02"},
                )
            ),
        )
    ).sections

    assert one.tables[0].rows == [["A", "$1,000.00"]]
    assert one.tables[0].list_totals(1) == []
    assert none.tables[0].rows == []
    document = build_document(show_result(compute_result(groupBy=["category"])))
    assert NO_ROWS in read_mail(document).texts
    assert NO_ROWS in render_text(show(document), [])


def test_figures_without_a_dimension_are_listed_with_what_was_before() -> None:
    before = order_line(order_id="0", at=datetime(2025, 12, 10, tzinfo=UTC))
    result = compute_result(
        order_line(amount_minor=1500),
        before,
        metrics=["net_revenue", "orders", "refund_rate"],
        window={"firstDay": "2026-01-01", "lastDay": "2026-01-31"},
        compareTo="previous",
    )
    [section] = show(build_document(show_result(result))).sections
    [table] = section.tables

    assert [column.label for column in table.columns] == [
        "Figure", "Value", "Before", "Change", "Change in %",
    ]  # fmt: skip
    assert [list(row) for row in table.rows] == [
        ["Net revenue", "$15.00", "$10.00", "+$5.00", "+50.0%"],
        ["Orders", "1", "1", "0", "0.0%"],
        ["Refund rate", "0.0%", "0.0%", "0.0 pp", "–"],  # noqa: RUF001
    ]


def test_other_currencies_have_a_table_of_their_own() -> None:
    result = compute_named("A", "B").model_copy(
        update={
            "by_currency": [{"currency": "EUR", "net_revenue": 5.0}],
            "unconverted": [{"currency": "GBP", "net_revenue": 7.0}],
        }
    )
    [section] = show(build_document(show_result(result))).sections

    assert [(table.title, list(table.rows)) for table in section.tables[1:]] == [
        ("As paid, by currency", [["EUR", "€5.00"]]),
        (
            "Not part of the other figures, as their orders store no rate",
            [["GBP", "£7.00"]],
        ),
    ]


def test_ids_are_shown_where_names_are_the_same() -> None:
    def list_labels(*names: str, by: Sequence[str] = ("product",)) -> list[str]:
        lines = [
            order_line(
                order_id=f"{month} {number}",
                sku=f"S{number}",
                name=name,
                at=datetime(2026, month, 10, tzinfo=UTC),
            )
            for number, name in enumerate(names)
            for month in (1, 2)
        ]
        result = compute_result(*lines, groupBy=list(by))
        [section] = show(build_document(show_result(result))).sections
        return [column.label for column in section.tables[0].columns]

    assert list_labels("Mug", "Cup") == ["Product", "Net revenue"]
    assert list_labels("Mug", "Mug") == ["Product", "Product id", "Net revenue"]
    by = ("month", "product")
    assert list_labels("Mug", "Cup", by=by) == ["Month", "Product", "Net revenue"]


def test_a_problem_is_said_and_the_other_sections_are_there() -> None:
    problem = ReportSection(heading="Searches", problem="No search was <recorded>")
    document = build_document(problem, show_result(compute_named("A")))

    page = read_mail(document)
    text = render_text(show(document), [])

    assert {"Searches", "No search was <recorded>", "Sales"} <= set(page.texts)
    assert "No search was <recorded>" in text


def test_a_picture_says_what_it_shows() -> None:
    document = build_document(show_result(compute_named('A"<b>', "B", "C")))

    page = read_mail(document)

    assert page.list_values("src") == ["cid:chart-1"]
    [alt] = page.list_values("alt")
    assert alt is not None
    assert alt.startswith("Chart: Net revenue by category, ")
    assert alt.endswith('Net revenue is from $999.98 (C) to $1,000.00 (A"<b>).')
    assert (
        "In brackets are characters that the picture cannot show; the table has them."
        in page.texts
    )


def test_findings_are_in_words_and_in_their_units() -> None:
    result = AnalysisResult.example()

    assert list_findings(result) == [
        ("Before", "$4,000.00"),
        ("Now", "$3,000.00"),
        ("Change", "-$1,000.00"),
        ("Change in %", "-25.0%"),
        ("Main dimension", "category"),
        ("Main value", "Kitchen"),
        ("Main change", "-$900.00"),
        ("Main score", "0.60"),
    ]


@pytest.mark.parametrize(
    ("dimension", "value", "shown"),
    [
        ("weekday", "2", ("weekday", "Tuesday")),
        ("customer_status", "returning", ("customer status", "returning")),
        ("month", "2026-03", ("month", "2026-03")),
    ],
)
def test_what_a_change_consists_of_is_named_as_tables_name_it(
    dimension: str, value: str, shown: tuple[str, str]
) -> None:
    findings = ExplainChangeFindings.example(main_dimension=dimension, main_value=value)
    example = AnalysisResult.example()
    found = dict(list_findings(example.model_copy(update={"findings": findings})))

    assert (found["Main dimension"], found["Main value"]) == shown


def test_parts_of_a_quotient_are_in_their_own_units() -> None:
    example = AnalysisResult.example()
    request = example.request.model_copy(update={"metric": "average_order_value"})
    findings = ExplainChangeFindings.example(
        numerator_now=300, denominator_now=3, denominator_effect=-2.5
    )
    found = dict(
        list_findings(
            example.model_copy(update={"request": request, "findings": findings})
        )
    )

    assert found["Numerator now"] == "$300.00"
    assert found["Denominator now"] == "3"
    assert found["Denominator effect"] == "-$2.50"


def test_every_finding_has_a_unit() -> None:
    """Those that are no count, ratio or percent are in the unit of the metric."""
    in_unit_of_metric = {
        "before", "now", "change", "main_change", "outcome_change", "main_rate_effect",
        "main_mix_effect", "total", "total_low", "total_high",
        *(
            f"{part}_{each}"
            for part in ("numerator", "denominator")
            for each in ("before", "now", "change", "effect")
        ),
    }  # fmt: skip
    texts = {"analysis", "main_dimension", "main_value", "outcome", "reversal"}
    kinds = Findings.__args__[0].__args__
    fields = {name for kind in kinds for name in kind.model_fields} - texts

    assert len(kinds) == 11
    assert {
        name for name in fields if not name.endswith(("_percent", "_rate"))
    } == in_unit_of_metric | COUNTS | RATIOS | AMOUNTS


def test_an_analysis_says_what_it_found_and_how() -> None:
    result = AnalysisResult.example(
        findings=ConcentrationFindings(
            values=4, total=10, gini=0.5, top_tenth_percent=None, top_fifth_percent=60
        ),
    )
    document = build_document(ReportSection(heading="Explained", analysis=result))

    page = read_mail(document)

    assert f"Method: {clean_text(result.method)}" in page.texts
    assert {result.title, result.tables[0].title, *result.notes} <= set(page.texts)
    assert {"Gini coefficient", "0.50", "Top fifth in %", "60.0%"} <= set(page.texts)
    assert {"Values", "4", "Total", "$10.00"} <= set(page.texts)
    assert "Top tenth in %" not in page.texts


def test_a_receipt_names_what_was_counted() -> None:
    result = compute_result(order_line())
    receipt = result.receipt.model_copy(
        update={
            "metrics": [
                MetricReceipt(name="searches", label="searches", definition="")
            ],
            "rows_read": 12345,
            "rows_counted": 1000,
        }
    )
    result = result.model_copy(update={"receipt": receipt})
    [section] = show(build_document(show_result(result))).sections

    assert section.receipt.startswith("1,000 of 12,345 lines of searches counted")


def test_what_an_alert_is_about_comes_first_in_its_table() -> None:
    names = [f"C{number:02}" for number in range(40)]
    alert = ReportAlert.example(section=0, met=["C38", "C39"], began=["C39"])
    document = build_document(show_result(compute_named(*names)), alert=alert)

    [table] = show(document).sections[0].tables

    assert [row[0] for row in table.rows[:4]] == ["C39", "C38", "C00", "C01"]
    assert len(table.rows) == 40


def compute_days(count: int, **query: object) -> AnalyticsResult:
    lines = [
        order_line(order_id=str(day), at=datetime(2026, 5, day, 12, tzinfo=UTC))
        for day in range(1, count + 1)
    ]
    return compute_result(
        *lines,
        **{
            "groupBy": ["day"],
            "window": {"firstDay": "2026-05-01", "lastDay": f"2026-05-{count}"},
            **query,
        },
    )


def test_a_course_of_time_that_is_cut_begins_with_the_latest() -> None:
    document = build_document(show_result(compute_days(31)))

    [table] = show(document).sections[0].tables

    assert [row[0] for row in table.rows[:2]] == ["2026-05-31", "2026-05-30"]
    text = render_text(show(document), [])
    assert "2026-05-17" in text
    assert "2026-05-16" not in text
    assert "The latest 15 of 31 rows" in text


@pytest.mark.parametrize(
    ("count", "query"),
    [
        (15, {}),
        (31, {"sort": [{"by": "day"}]}),
        (31, {"limit": 20}),
    ],
)
def test_a_course_that_is_not_cut_or_is_in_a_wanted_order_stays_so(
    count: int, query: dict[str, object]
) -> None:
    document = build_document(show_result(compute_days(count, **query)))

    [table] = show(document).sections[0].tables

    assert table.rows[0][0] == "2026-05-01"
    assert "latest" not in render_text(show(document), [])


def test_hours_are_written_for_people_and_those_that_come_twice_differ() -> None:
    column = ResultColumn(name="hour", label="hour", role=ColumnRole.DIMENSION)
    hours = ("2026-11-30T14:00+00:00", "2026-10-25T02:00+02:00")

    shown = [format_cell(column, {"hour": hour}, None) for hour in hours]

    assert shown == ["2026-11-30 14:00", "2026-10-25 02:00 (+02:00)"]
