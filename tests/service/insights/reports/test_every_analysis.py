"""Each analysis as a section of a report, of twelve weeks of orders, in every form of a report."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from analytics.reports.process import RenderRequest
from analytics.reports.rendering import render_report
from tests.support.report_harness import WEEKLY, ReportHarness
from tests.support.trading_history import ANALYSES
from webapp.adapters.analytics.port import RenderedReport, ReportFormat
from webapp.insights.analyses.results import AnalysisTable, Findings
from webapp.insights.reports.computation import compute_report
from webapp.insights.reports.document import ReportDocument
from webapp.insights.reports.schemas import ReportBody

ALL_OF_IT = {"firstDay": "2025-09-01", "lastDay": "2025-11-23"}
ASKED = {**ANALYSES, "price_effect": {"window": ALL_OF_IT}}


def compute_sections(reports: ReportHarness) -> ReportDocument:
    sections = [
        {"heading": f"Of {name}", "analysis": {"analysis": name, **asked}}
        for name, asked in ASKED.items()
    ]
    period = {"unit": "month", "offset": 1}
    body = ReportBody.model_validate({**WEEKLY, "sections": sections, "period": period})
    return compute_report(
        reports.runtime.analytics,
        body.to_definition(),
        {},
        due_at=datetime(2025, 11, 24, tzinfo=UTC),
        is_late=False,
        shop_zone=reports.zone,
        week_start=reports.runtime.settings.week_start,
        caller_id=None,
    )


def list_titled(document: ReportDocument) -> list[AnalysisTable]:
    assert {each.heading: each.problem for each in document.sections} == {
        f"Of {name}": None for name in ASKED
    }
    return [
        table
        for section in document.sections
        if section.analysis
        for table in section.analysis.tables
    ]


def read_pdf(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    text = " ".join(page.get_textpage().get_text_range() for page in pages)
    return " ".join(re.sub("[\u200b\ufffe]", "", text).split())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_analysis_is_in_every_form_of_a_report(reports: ReportHarness) -> None:
    document = compute_sections(reports)
    tables = list_titled(document)

    report: RenderedReport = render_report(
        RenderRequest(document=document, formats=list(ReportFormat))
    )

    assert len(ASKED) == len(Findings.__args__[0].__args__)
    files = {file.name.rpartition(".")[2]: file.content for file in report.files}
    pdf, text = read_pdf(files["pdf"]), " ".join(report.text.split())
    for table in tables:
        assert table.title in pdf
        assert table.title in text
        assert table.title in report.html
    workbook = CalamineWorkbook.from_filelike(BytesIO(files["xlsx"]))
    assert len(workbook.sheet_names) == len(tables) + 1
    assert len(report.files) == len(tables) + 2
    drawn = [table for table in tables if table.chart is not None]
    assert len(report.images) == len(drawn)
    assert report.html.count('src="cid:chart-') == len(drawn)
