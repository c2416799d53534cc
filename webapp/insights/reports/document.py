"""A report as it was computed for one period: what every form of it is rendered from.

It is stored with the run, so that a report of last month is shown again as it was sent.
"""

from datetime import date

from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.descriptions import describe_days
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.json import OmittedIfNone, ResponseBody


class ReportSection(ResponseBody):
    """One query or one analysis of a report: one of `result`, `analysis` and `problem`."""

    example_values = {
        "heading": "Revenue by category",
        "result": AnalyticsResult.example(),
        "analysis": None,
    }

    heading: str
    result: OmittedIfNone[AnalyticsResult] = None
    analysis: OmittedIfNone[AnalysisResult] = None
    problem: OmittedIfNone[str] = None
    """Why it has no figures; the other sections have theirs."""


class ReportDocument(ResponseBody):
    example_values = {
        "title": "Weekly sales",
        "first_day": "2026-11-16",
        "last_day": "2026-11-22",
        "time_zone": "UTC",
        "as_of": "2026-11-23T06:00:00Z",
        "is_late": False,
        "notes": [],
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
    """What concerns all of it, such as filters that every section has."""
    sections: list[ReportSection]

    def describe_period(self) -> str:
        """`16 to 22 November 2026`."""
        first, last = map(date.fromisoformat, (self.first_day, self.last_day))
        return describe_days(first, last)
