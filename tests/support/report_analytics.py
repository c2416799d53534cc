"""Analytics whose figures are real, and whose reports are rendered plainly, without pictures."""

from collections.abc import Sequence
from uuid import UUID

from tests.support.local_analytics import LocalAnalyticsClient
from webapp.adapters.analytics.port import (
    ExportedFile,
    Json,
    RenderedReport,
    ReportFormat,
    ReportImage,
)
from webapp.insights.reports.document import ReportDocument


class PlainReportsClient(LocalAnalyticsClient):
    def render_report(
        self, document: Json, formats: Sequence[ReportFormat], *, caller_id: UUID
    ) -> RenderedReport:
        del caller_id
        report = ReportDocument.model_validate(document, by_alias=True, by_name=False)
        text = report.model_dump_json()
        return RenderedReport(
            html=f'<h1>{report.title}</h1><img src="cid:chart-1" alt="Revenue">',
            text=text,
            images=[ReportImage(name="chart-1", png=b"\x89PNG of a test")],
            files=[
                ExportedFile(name=f"report.{each}", content=text.encode())
                for each in formats
            ],
        )
