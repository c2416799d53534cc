"""A report as it was computed for one period: what every form of it is rendered from.

It is stored with the run, so that a report of last month is shown again as it was sent.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.descriptions import describe_days
from webapp.insights.query.results import AnalyticsResult, ColumnRole, ResultRow
from webapp.kit.json import OmittedIfNone, ResponseBody


class SavedQuestionReference(ResponseBody):
    """Which saved question was asked, as it was then."""

    example_values = {
        "question_id": "0190c603-6f70-7182-8c3d-4e5f60718293",
        "name": "Kitchen by month",
        "version": 1,
    }

    question_id: UUID
    name: str
    version: int


class ReportSection(ResponseBody):
    """One query or one analysis of a report: one of `result`, `analysis` and `problem`."""

    example_values = {
        "heading": "Revenue by category",
        "result": AnalyticsResult.example(),
        "analysis": None,
        "saved_question": None,
    }

    heading: str
    result: OmittedIfNone[AnalyticsResult] = None
    analysis: OmittedIfNone[AnalysisResult] = None
    problem: OmittedIfNone[str] = None
    """Why it has no figures; the other sections have theirs."""
    saved_question: OmittedIfNone[SavedQuestionReference] = None

    @property
    def first_rows(self) -> Sequence[ResultRow]:
        """Of the query, or of the first table of the analysis."""
        if self.result is not None:
            return self.result.rows
        tables = self.analysis.tables[:1] if self.analysis else []
        return tables[0].rows if tables else []


def name_section_rows(section: ReportSection) -> list[str]:
    """The first rows of a section as alerts name them: each by the values of its dimensions, the
    only row of a query without any by `all`. Of an analysis, what has been found is named by the
    first of them alone: a day is the same anomaly, whatever else is said of it."""
    if section.result is not None:
        columns = section.result.columns
        keys = [each.name for each in columns if each.role is ColumnRole.DIMENSION]
    else:
        tables = section.analysis.tables[:1] if section.analysis else []
        keys = [each.columns[0].name for each in tables]
    return [
        ", ".join(str(row[key]) for key in keys) or "all" for row in section.first_rows
    ]


class ReportAlert(ResponseBody):
    """What a condition came to: which rows of a section meet it, by their names."""

    example_values = {
        "section": 0,
        "problem": None,
        "condition": "available of at most 5",
        "met": ["Kettle, Red", "Mug, Blue"],
        "began": ["Mug, Blue"],
    }

    section: int
    """Its place in the report, from 0."""
    problem: OmittedIfNone[str] = None
    """Why it is not known which rows meet it; then none is named."""
    condition: str
    """In words."""
    met: list[str]
    began: list[str]
    """Those that had not met it the time before."""


class ReportDocument(ResponseBody):
    example_values = {
        "title": "Weekly sales",
        "first_day": "2026-11-16",
        "last_day": "2026-11-22",
        "time_zone": "UTC",
        "as_of": "2026-11-23T06:00:00Z",
        "is_late": False,
        "notes": [],
        "alert": None,
    }

    title: str
    first_day: str
    last_day: str
    """Included."""
    time_zone: str
    as_of: str
    """The time at which it was due, as of which all figures are."""
    is_late: bool
    """Whether it was computed well after it was due."""
    notes: list[str]
    """What concerns all of it, such as what has triggered an alert."""
    alert: OmittedIfNone[ReportAlert] = None
    sections: list[ReportSection]

    def describe_period(self) -> str:
        """`16 to 22 November 2026`."""
        first, last = map(date.fromisoformat, (self.first_day, self.last_day))
        return describe_days(first, last)
