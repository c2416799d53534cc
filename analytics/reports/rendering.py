"""Renders a report in all its forms, from what was computed; two times the same gives the same."""

from collections.abc import Collection, Iterator

from analytics.exports.file_names import join_days, name_report_file
from analytics.exports.files import encode_csv
from analytics.exports.frames import build_table_frame
from analytics.reports.charts import draw_chart
from analytics.reports.content import ShownReport, build_content
from analytics.reports.mail import render_html
from analytics.reports.process import RenderRequest
from analytics.reports.spreadsheet import write_spreadsheet
from analytics.reports.tables import list_tables
from analytics.reports.text import render_text
from analytics.reports.typesetting import draw_png, typeset_pdf
from webapp.adapters.analytics.port import (
    ExportedFile,
    RenderedReport,
    ReportFormat,
    ReportImage,
)
from webapp.insights.query.descriptions import join_words
from webapp.insights.reports.document import ReportDocument
from webapp.kit.formula_cells import escape_formula

NO_TABLES = "have no tables, and no CSV files"


def render_report(request: RenderRequest) -> RenderedReport:
    document, formats = request.document, request.formats
    document = document.model_copy(
        update={"notes": [*document.notes, *_note_missing_files(document, formats)]}
    )
    content = build_content(document, draw_chart)
    return RenderedReport(
        html=render_html(content, formats),
        text=render_text(content, formats),
        images=[
            ReportImage(name=table.chart.name, png=draw_png(table.chart.drawn.svg))
            for section in content.sections
            for table in section.tables
            if table.chart is not None
        ],
        files=list(_iterate_files(document, content, formats)),
    )


def _note_missing_files(
    document: ReportDocument, formats: Collection[ReportFormat]
) -> Iterator[str]:
    """Of the sections without a table, which has a CSV file each."""
    headings = [each.heading for each in document.sections if not list_tables(each)]
    if ReportFormat.CSV not in formats or not headings:
        return
    verb = "has no table, and no CSV file" if len(headings) == 1 else NO_TABLES
    yield f"{join_words(headings)} {verb}."


def _iterate_files(
    document: ReportDocument, content: ShownReport, formats: list[ReportFormat]
) -> Iterator[ExportedFile]:
    """Each format once, in a constant order."""
    days = join_days(document.first_day, document.last_day)
    if ReportFormat.PDF in formats:
        name = name_report_file(document.title, days, "pdf")
        yield ExportedFile(name=name, content=typeset_pdf(content, formats))
    if ReportFormat.XLSX in formats:
        name = name_report_file(document.title, days, "xlsx")
        yield ExportedFile(name=name, content=write_spreadsheet(document))
    if ReportFormat.CSV in formats:
        yield from _iterate_csv_files(document)


def _iterate_csv_files(document: ReportDocument) -> Iterator[ExportedFile]:
    """One a table. Of several with one name, the further ones are numbered."""
    used: set[str] = set()
    for section in document.sections:
        for table in list_tables(section):
            name, number = table.stem, 1
            while name in used:
                number += 1
                name = f"{table.stem}-{number}"
            used.add(name)
            frame = build_table_frame(table.columns, table.rows, escape_formula)
            yield ExportedFile(name=f"{name}.csv", content=encode_csv(frame))
