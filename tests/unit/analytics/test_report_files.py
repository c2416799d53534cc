"""The files and pictures of a report, read again by programs that know nothing of how they were
written."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from analytics.exports.file_names import name_report_file
from analytics.exports.files import write_csv
from analytics.reports.content import MAX_SHOWN
from analytics.reports.fonts import TYPST_LETTERS, replace_distinct, replace_missing
from analytics.reports.process import RenderRequest
from analytics.reports.rendering import render_report
from analytics.reports.spreadsheet import MAX_NAME, name_sheets, write_spreadsheet
from analytics.reports.typesetting import REPLACED, draw_png
from tests.eval.insights.shops import build_shop
from tests.support.order_lines import order_line
from tests.support.report_documents import (
    HOSTILE_NAMES,
    build_document,
    compute_result,
    show_result,
)
from tests.support.sales_lines import analyze
from webapp.adapters.analytics.port import RenderedReport, ReportFormat
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.reports.document import ReportDocument, ReportSection
from webapp.kit.formula_cells import unescape_formula

PDF, XLSX, CSV = ReportFormat.PDF, ReportFormat.XLSX, ReportFormat.CSV
ANALYSES: Sequence[Mapping[str, Any]] = (
    {"analysis": "anomalies"},
    {"analysis": "explain_change", "window": {"unit": "month", "offset": 1}},
    {"analysis": "forecast", "period": "day", "steps": 5},
    {"analysis": "retention", "months": 3},
    {"analysis": "rfm"},
    {"analysis": "lifetime_value", "months": 3},
    {"analysis": "basket_pairs", "limit": 5},
    {"analysis": "concentration", "limit": 5},
)


def render(document: ReportDocument, *formats: ReportFormat) -> RenderedReport:
    return render_report(RenderRequest(document=document, formats=list(formats)))


def write_file(document: ReportDocument, file_format: ReportFormat) -> bytes:
    [file] = render(document, file_format).files
    return file.content


def read_pdf(content: bytes) -> list[str]:
    """The text of each page, without breaks."""
    pages = pypdfium2.PdfDocument(content)
    texts = [page.get_textpage().get_text_range() for page in pages]
    return [" ".join(re.sub("[\u200b\ufffe]", "", text).split()) for text in texts]


def read_sheets(content: bytes) -> dict[str, list[list[Any]]]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {
        name: workbook.get_sheet_by_name(name).to_python()
        for name in workbook.sheet_names
    }


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def compute_named(*names: str) -> AnalyticsResult:
    lines = [
        order_line(order_id=str(number), category=name, amount_minor=90_000_00 - number)
        for number, name in enumerate(names)
    ]
    return compute_result(*lines, groupBy=["category"])


def without_chart(result: AnalyticsResult) -> AnalyticsResult:
    return result.model_copy(update={"chart": None})


def test_a_pdf_has_all_names_and_figures() -> None:
    result = without_chart(compute_named(*HOSTILE_NAMES))
    document = build_document(
        ReportSection(heading="#eval(1) <b>", result=result),
        ReportSection(heading="Searches", problem="None was *recorded*"),
        title="Sales & <more>",
        is_late=True,
        notes=["Only [a] $b$"],
    )

    content = write_file(document, PDF)
    [page] = read_pdf(content)

    # As heading, and in the footer.
    assert page.count("Sales & <more>") == 2
    for each in (
        "16 to 22 November 2026 (UTC)", "and was computed later",
        "Only [a] $b$", "#eval(1) <b>", "None was *recorded*", "Page 1 of 1",
        "<script>alert('1')</script>", "\"><img src=x onerror=alert(1)>",
        "#eval(\"1\") *bold* $x$ \\ {{ 7 * 7 }}", "one two three", "abcevilx",
        "&amp; &lt;b&gt;", "Ελληνικά Кириллица", "茶壶 やかん 주전자",
        "$90,000.00", "Total $989,999.45",
    ):  # fmt: skip
        assert each in page
    assert page.replace(" ", "").count("x" * 200) == 1
    [raw] = pypdfium2.PdfDocument(content)
    lines = raw.get_textpage().get_text_range().replace("\u200b", "").splitlines()
    assert max(map(len, lines)) < 150
    assert REPLACED not in page


@pytest.mark.slow
def test_a_long_table_has_its_header_on_every_page_of_a_pdf() -> None:
    names = [f"Category {number:05}" for number in range(10_000)]
    document = build_document(show_result(without_chart(compute_named(*names))))
    report = render(document, PDF, XLSX, CSV)
    contents = {file.name.rpartition(".")[2]: file.content for file in report.files}

    pages = read_pdf(contents["pdf"])

    assert len(pages) > 3
    assert all("Category Net revenue" in page for page in pages[:-1])
    assert pages[-1].endswith(f"Page {len(pages)} of {len(pages)}")
    text = " ".join(pages)
    assert f"Category {MAX_SHOWN - 1:05}" in text
    assert f"Category {MAX_SHOWN:05}" not in text
    assert "All 10,000 rows" in text
    assert (
        "The first 200 of 10,000 rows; all of them are in the attached spreadsheet."
        in text
    )
    sheets = read_sheets(contents["xlsx"])
    assert [row[0] for row in sheets["1 Sales"][1:10_001]] == names
    assert [row[0] for row in read_csv(contents["csv"])[1:]] == names


def test_characters_that_no_font_has_are_named() -> None:
    document = build_document(
        show_result(without_chart(compute_named("Gift 🎁", "ไทย", "ok")))
    )

    [page] = read_pdf(write_file(document, PDF))

    assert "Gift [wrapped present]" in page
    assert "[3 Thai letters]" in page
    assert REPLACED in page


def test_texts_that_fonts_have_stay_as_they_are() -> None:
    text = "Ünï 茶壶 やかん 주전자 Ελλ Кир हिन्दी עברית العربية ★ “x” – €"  # noqa: RUF001

    assert replace_missing(text) == text


def test_letters_that_only_typst_has_are_no_boxes() -> None:
    letters = [
        chr(code) for code in range(0x590, 0x700) if TYPST_LETTERS.match(chr(code))
    ]
    assert len(letters) > 70

    def draw(text: str) -> bytes:
        size = 'xmlns="http://www.w3.org/2000/svg" width="20" height="20"'
        font = 'font-family="Noto Sans" font-size="12"'
        return draw_png(f'<svg {size}><text x="2" y="15" {font}>{text}</text></svg>')

    boxes = {draw("\u0e17"), draw("\U0010fffd"), draw("")}
    assert {letter for letter in letters if draw(letter) in boxes} == set()


def test_different_names_are_drawn_differently() -> None:
    names = ["ไทย", "ไมย", "[3 Thai letters]", "a\nb", "a b"]

    shown = replace_distinct(names)

    assert list(shown) == names
    assert len(set(shown.values())) == len(names)


def test_a_spreadsheet_has_a_sheet_for_each_table_and_an_overview() -> None:
    result = compute_named(*HOSTILE_NAMES)
    sections = [
        ReportSection(heading="[a]:*?/\\'b", result=result),
        ReportSection(heading="x" * 50, result=compute_result(order_line())),
        ReportSection(heading="Explained", analysis=AnalysisResult.example()),
        ReportSection(heading="Searches", problem="=No searches"),
    ]
    document = build_document(*sections, title="=Sales", notes=["+1"])

    sheets = read_sheets(write_spreadsheet(document))

    assert list(sheets) == ["Overview", "1 a b", "2 " + "x" * 29, "3 Explained"]
    [header, *rows] = sheets["1 a b"]
    assert header == ["category", "net revenue (USD)"]
    assert [row[0] for row in rows[:-2]] == [row["category"] for row in result.rows]
    assert rows[0][1] == 90000.0
    assert rows[-2:] == [["", ""], ["Total of all rows", 989999.45]]
    assert sheets["2 " + "x" * 29] == [["net revenue (USD)"], [10.0]]
    facts = sheets["Overview"]
    for fact in (
        ["Report", "=Sales"], ["Period", "16 to 22 November 2026"], ["Note", "+1"],
        ["Time zone", "UTC"], ["Section", "Explained"], ["Problem", "=No searches"],
        ["Sheet", f"1 a b: {result.title}"], ["Rows counted", "11"],
    ):  # fmt: skip
        assert fact in facts


def read_first_sheet(*groups: str, **line: Any) -> list[list[Any]]:
    result = compute_result(order_line(**line), groupBy=list(groups))
    sheets = read_sheets(write_spreadsheet(build_document(show_result(result))))
    return sheets["1 Sales"]


def test_times_of_a_spreadsheet_are_dates() -> None:
    [_, row, *_] = read_first_sheet("day")
    assert row == [date(2026, 1, 10), 10.0]
    [_, row, *_] = read_first_sheet("month")
    assert row == [date(2026, 1, 1), 10.0]
    [_, row, *_] = read_first_sheet("hour")
    assert row == [datetime(2026, 1, 10, 12), 10.0]  # noqa: DTZ001
    # No date says which week it is.
    [_, row, *_] = read_first_sheet("week")
    assert row == ["2026-W02", 10.0]


def test_values_of_a_spreadsheet_are_named_as_in_the_mail() -> None:
    rows = read_first_sheet("weekday", "country", country="DE")

    assert rows[1] == ["Monday", "Germany", 0.0]
    assert rows[6] == ["Saturday", "Germany", 10.0]


def test_a_spreadsheet_says_in_which_currency_its_amounts_are() -> None:
    lines = [
        order_line(order_id=code, currency=code, category=code)
        for code in ("EUR", "USD")
    ]
    by_category, by_currency = (
        compute_result(*lines, groupBy=[name]) for name in ("category", "currency")
    )
    document = build_document(
        show_result(by_category), show_result(by_currency, "Currencies")
    )

    sheets = read_sheets(write_spreadsheet(document))

    assert list(sheets) == [
        "Overview", "1 Sales", "2 As paid, by currency", "3 Currencies",
    ]  # fmt: skip
    assert sheets["1 Sales"][0] == ["category", "net revenue (USD)"]
    paid = ["currency", "net revenue (currency of the row)"]
    assert sheets["2 As paid, by currency"] == [paid, ["EUR", 10.0], ["USD", 10.0]]
    assert sheets["3 Currencies"][0] == paid
    assert sheets["3 Currencies"][-1] == [
        "Total of all rows, converted to USD",
        by_currency.totals["net_revenue"],
    ]


def test_no_cell_of_a_spreadsheet_is_a_formula_or_a_link() -> None:
    document = build_document(show_result(compute_named(*HOSTILE_NAMES)))
    content = write_spreadsheet(document)

    sheets = read_sheets(content)
    assert '=HYPERLINK("http://x")' in [row[0] for row in sheets["1 Sales"]]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert len(parts) > 5
    for part in parts.values():
        assert "<f>" not in part
        assert "hyperlink" not in part


@pytest.mark.parametrize("heading", ["茶" * 40, "🎁" * 40, "  ", "'", "History"])
def test_names_of_sheets_are_valid(heading: str) -> None:
    section = show_result(compute_named("A"), heading)

    [[named], [other]] = name_sheets([section, section])

    assert named.sheet != other.sheet
    assert 0 < len(named.sheet.encode("utf-16-le")) <= MAX_NAME * 2
    assert list(read_sheets(write_spreadsheet(build_document(section)))) == [
        "Overview",
        named.sheet,
    ]


def test_csv_files_are_those_of_an_export_one_a_table() -> None:
    result = compute_named(*HOSTILE_NAMES)
    analysis = AnalysisResult.example()
    sections = [
        show_result(result),
        show_result(result),
        ReportSection(heading="Explained", analysis=analysis),
    ]

    files = render(build_document(*map(_drop_chart, sections)), CSV).files

    assert [file.name for file in files] == [
        "net-revenue-by-category-until-2026-06-15.csv",
        "net-revenue-by-category-until-2026-06-15-2.csv",
        "explain-change-category-2026-03-01-to-2026-04-30.csv",
    ]
    assert files[0].content == files[1].content == write_csv(result)
    rows = read_csv(files[0].content)[1:]
    assert [unescape_formula(row[0]) for row in rows] == list(HOSTILE_NAMES)
    assert read_csv(files[2].content) == [
        ["category", "change"],
        ["Kitchen", "-900.00"],
    ]


def _drop_chart(section: ReportSection) -> ReportSection:
    if section.result is None:
        return section
    return section.model_copy(update={"result": without_chart(section.result)})


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Weekly sales", "weekly-sales-2026-11-16.pdf"),
        ("Größe & „Gewicht“/..", "grosse-gewicht-2026-11-16.pdf"),
        ("茶", "report-2026-11-16.pdf"),
        ("a" * 99, "a" * 60 + "-2026-11-16.pdf"),
    ],
)
def test_the_name_of_a_file_is_in_ascii(title: str, name: str) -> None:
    assert name_report_file(title, "2026-11-16", "pdf") == name.replace(
        "groe", "grosse"
    )


def test_an_empty_report_can_be_rendered() -> None:
    report = render(build_document(), PDF, XLSX, CSV)

    assert [file.name for file in report.files] == [
        "weekly-sales-2026-11-16-to-2026-11-22.pdf",
        "weekly-sales-2026-11-16-to-2026-11-22.xlsx",
    ]
    assert report.images == []


@cache
def render_shop() -> tuple[ReportDocument, RenderedReport]:
    """With charts, and an analysis of each kind that a shop of orders alone has."""
    shop = build_shop("homestead")
    analyses = [analyze(dict(each), shop.facts, zone=shop.zone) for each in ANALYSES]
    document = build_document(
        show_result(compute_named("🎁 <b>", "ไทย", "茶壶", "=1")),
        *(ReportSection(heading=each.title, analysis=each) for each in analyses),
    )
    return document, render(document, PDF, XLSX, CSV)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_chart_is_a_picture_in_the_mail() -> None:
    document, report = render_shop()

    charts = sum(
        table.chart is not None
        for section in document.sections
        for table in ([section.result] if section.result else section.analysis.tables)  # type: ignore[union-attr]
    )
    assert charts == len(report.images) > 15
    assert [image.name for image in report.images] == re.findall(
        'src="cid:([^"]*)"', report.html
    )
    for image in report.images:
        width, height = Image.open(io.BytesIO(image.png)).size
        assert width >= 900
        assert height > 100


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_table_of_an_analysis_is_in_every_form() -> None:
    document, report = render_shop()
    contents = {file.name.rpartition(".")[2]: file.content for file in report.files}
    pdf = " ".join(read_pdf(contents["pdf"]))
    sheets = read_sheets(contents["xlsx"])

    tables = [
        table
        for section in document.sections
        if section.analysis
        for table in section.analysis.tables
    ]
    assert len(sheets) == len(tables) + 2
    for table in tables:
        assert table.title in pdf
        assert table.title in " ".join(report.text.split())
    assert len({file.name for file in report.files}) == len(report.files)
    assert all(file.name.isascii() for file in report.files)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_same_document_gives_the_same_bytes() -> None:
    result = compute_named("🎁 <b>", "ไทย", "茶壶", "=1")
    body = json.dumps(
        {
            "document": build_document(show_result(result)).model_dump(mode="json"),
            "formats": ["pdf", "xlsx", "csv"],
        }
    )

    first, second = (render_report(RenderRequest.from_json(body)) for _ in range(2))

    assert first == second
    assert len(first.images) == 1


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_order_of_sections_is_that_of_the_document() -> None:
    document, report = render_shop()

    for text in (report.text, report.html):
        places = [text.find(section.heading[:40]) for section in document.sections]
        assert all(first < second for first, second in pairwise(places))


def test_sections_without_a_csv_file_are_named() -> None:
    sections = [
        ReportSection(heading="Searches", problem="None was recorded"),
        show_result(without_chart(compute_named("Mugs"))),
        ReportSection(heading="Stock", problem="None was recorded"),
    ]
    named = "Searches and Stock have no tables, and no CSV files."

    rendered = render(build_document(*sections), CSV)

    assert len(rendered.files) == 1
    assert named in rendered.html
    assert named in rendered.text
    [page] = read_pdf(render(build_document(*sections), CSV, PDF).files[0].content)
    assert named in page
    one = render(build_document(*sections[:2]), CSV)
    assert "Searches has no table, and no CSV file." in one.text
    for document in (build_document(*sections), build_document(sections[1])):
        formats = [XLSX] if len(document.sections) > 1 else [CSV]
        assert "no CSV file" not in render(document, *formats).text
