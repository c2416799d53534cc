"""What an admin defines as a report: sections, filters, period, schedule, condition. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from webapp.adapters.analytics.port import ReportFormat
from webapp.insights.analyses.requests import (
    AnalysisRequest,
    AnomaliesRequest,
    BasketPairsRequest,
    ConcentrationRequest,
    ExplainChangeRequest,
    PriceEffectRequest,
    Question,
    SearchInsightsRequest,
)
from webapp.insights.query.analytics_query import (
    MAX_FILTERS,
    AnalyticsQuery,
    DimensionFilter,
    RowCondition,
)
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.parts import QueryPart
from webapp.insights.query.windows import RelativeWindow
from webapp.insights.reports.document import SavedQuestionReference
from webapp.insights.reports.schedules import check_schedule
from webapp.kit.json import OmittedIfNone
from webapp.kit.text import LABEL
from webapp.kit.time_zones import parse_zone

MAX_SECTIONS = 12
Title = Annotated[str, Field(min_length=1, max_length=120), LABEL]

EXAMPLE_SECTION: dict[str, Any] = {
    "heading": "Revenue by category",
    "query": {"metrics": ["net_revenue", "orders"], "groupBy": ["category"]},
}
EXAMPLE: dict[str, Any] = {
    "name": "Weekly sales",
    "sections": [EXAMPLE_SECTION],
    "period": {"unit": "week", "offset": 1},
    "schedule": "0 6 * * 1",
    "formats": ["pdf"],
}

OF_A_PERIOD = (
    AnalyticsQuery,
    ExplainChangeRequest,
    AnomaliesRequest,
    BasketPairsRequest,
    ConcentrationRequest,
    PriceEffectRequest,
    SearchInsightsRequest,
)
"""What speaks of a time, which its window is. Other analyses learn from theirs: they have their
own, or all that was recorded."""


TIME_OF_REPORT = "asOf is the time at which the report is due"


@dataclass(frozen=True)
class ReferredQuestion:
    """A saved question as it is when its report is saved or computed."""

    reference: SavedQuestionReference
    asked: Question | ImpossibleQuery
    """The reason, where what was saved cannot be asked any more."""


SavedQuestions = Mapping[UUID, ReferredQuestion]
"""Those that the sections of a report refer to, by their id."""


class SectionDefinition(QueryPart):
    """One query, one analysis, or one of both that was saved. Its window is the report's period,
    unless it has one of its own, which is resolved at the time the report is due."""

    heading: Title
    query: OmittedIfNone[AnalyticsQuery] = None
    analysis: OmittedIfNone[AnalysisRequest] = None
    saved_question_id: OmittedIfNone[UUID] = None
    """Of a saved question, which is asked as it is at each run: what is changed of it changes the
    next run."""

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        parts = (self.query, self.analysis, self.saved_question_id)
        if sum(part is not None for part in parts) != 1:
            msg = "needs one of query, analysis and savedQuestionId"
            raise ValueError(msg)
        own = self.query or self.analysis
        if own is not None and own.as_of is not None:
            msg = f"{TIME_OF_REPORT}: leave it out"
            raise ValueError(msg)
        return self

    def find_question(self, saved: SavedQuestions) -> Question | ImpossibleQuery:
        """What it asks for, or why that cannot be asked."""
        if own := self.query or self.analysis:
            return own
        if (referred := self.find_referred(saved)) is None:
            return ImpossibleQuery(
                f"There is no saved question {self.saved_question_id}", possible=[]
            )
        if not isinstance(referred.asked, ImpossibleQuery) and referred.asked.as_of:
            return ImpossibleQuery(
                f"The saved question {referred.reference.name} has a time of its own, and"
                f" {TIME_OF_REPORT}",
                possible=["the question without asOf"],
            )
        return referred.asked

    def find_referred(self, saved: SavedQuestions) -> ReferredQuestion | None:
        """`None` for a section with a question of its own."""
        question_id = self.saved_question_id
        return None if question_id is None else saved.get(question_id)


class ReportCondition(QueryPart):
    """Makes an alert of a report: it is mailed when a row of a section begins to meet the
    condition, once, and again only after it has ceased to."""

    section: Annotated[int, Field(ge=0, lt=MAX_SECTIONS, strict=True)] = 0
    """The place of the section, from 0: of a query, whose figure has bounds, or of anomalies."""
    bounds: OmittedIfNone[RowCondition] = None
    """Of a query's figure. Anomalies need none: each one counts."""


class ReportDefinition(QueryPart):
    name: Title
    sections: Annotated[
        list[SectionDefinition], Field(min_length=1, max_length=MAX_SECTIONS)
    ]
    filters: Annotated[list[DimensionFilter], Field(max_length=MAX_FILTERS)] = []
    """Of every section, besides its own."""
    period: RelativeWindow
    """What the report is of, seen from when it is due: `{"unit": "week", "offset": 1}` is the
    week before, `{"unit": "day", "count": 7, "offset": 1}` the seven days before."""
    schedule: Annotated[str, Field(max_length=200)]
    """When it is due, as cron: minute, hour, day of month, month, day of week."""
    time_zone: OmittedIfNone[str] = None
    """IANA name of the zone of schedule and periods; the shop's if none is given."""
    formats: Annotated[list[ReportFormat], Field(max_length=3)] = []
    """What is attached to the mail, which shows the report in any case."""
    condition: OmittedIfNone[ReportCondition] = None

    @field_validator("schedule")
    @classmethod
    def _check_schedule(cls, schedule: str) -> str:
        return check_schedule(schedule)

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, name: str | None) -> str | None:
        return None if name is None else parse_zone(name).key

    @field_validator("formats")
    @classmethod
    def _check_formats(cls, formats: list[ReportFormat]) -> list[ReportFormat]:
        return list(dict.fromkeys(formats))

    def choose_zone(self, *, shop_zone: ZoneInfo) -> ZoneInfo:
        return ZoneInfo(self.time_zone) if self.time_zone else shop_zone

    @property
    def saved_question_ids(self) -> list[UUID]:
        """Each once."""
        ids = (section.saved_question_id for section in self.sections)
        return list(dict.fromkeys(each for each in ids if each is not None))

    def build_questions(
        self, saved: SavedQuestions
    ) -> Iterator[Question | ImpossibleQuery]:
        """What each section asks for, with the filters and the period of the report, or why it
        cannot be asked."""
        for section in self.sections:
            asked = section.find_question(saved)
            if isinstance(asked, ImpossibleQuery):
                yield asked
                continue
            filters = map(_allow_country, (*asked.filters, *self.filters))
            changes: dict[str, Any] = {"filters": list(filters)}
            if asked.window is None and isinstance(asked, OF_A_PERIOD):
                changes["window"] = self.period
            if asked.time_zone is None and self.time_zone is not None:
                changes["time_zone"] = self.time_zone
            yield asked.model_copy(update=changes)


def _allow_country(each: DimensionFilter) -> DimensionFilter:
    """A country may have no orders yet: a report of it says zero. Whether it is a country is looked
    at when the report is saved."""
    if each.dimension != "country":
        return each
    return each.model_copy(update={"allow_missing": True})
