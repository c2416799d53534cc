from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from webapp.insights.analyses.requests import AnalysisBody, Question
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import EXAMPLE, AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.saved_questions.models import SavedQuestion
from webapp.insights.saved_questions.service import QuestionChange, find_problem
from webapp.kit.json import (
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    ResponseUnion,
    Timestamp,
    example_config,
)
from webapp.kit.text import LABEL

MAX_NAME_LENGTH = 200
QuestionName = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH), LABEL]


class QuestionBody(RequestBody):
    model_config = example_config({"name": "Kitchen by month", "query": EXAMPLE})

    name: QuestionName
    """No other question has it, in whatever case."""
    query: AnalyticsQuery | None = None
    """The body of `POST /admin/analytics/query`; either this or `analysis`."""
    analysis: AnalysisBody | None = None
    """The body of `POST /admin/analytics/analyses`."""

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        self.require_question()
        return self

    def require_question(self) -> Question:
        given = _list_questions(self.query, self.analysis)
        if len(given) != 1:
            msg = "needs either query or analysis"
            raise ValueError(msg)
        return given[0]


class QuestionChangeBody(RequestBody):
    model_config = example_config({"name": "Kitchen, monthly", "version": 1})

    name: QuestionName | None = None
    query: AnalyticsQuery | None = None
    """In place of what was saved; as `analysis`."""
    analysis: AnalysisBody | None = None
    version: int | None = None
    """Of the question as it was read: it is changed only if nobody else has changed it since."""

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        given = _list_questions(self.query, self.analysis)
        if len(given) > 1:
            msg = "has either query or analysis"
            raise ValueError(msg)
        if self.name is None and not given:
            msg = "needs name, query or analysis"
            raise ValueError(msg)
        return self

    def to_change(self) -> QuestionChange:
        given = _list_questions(self.query, self.analysis)
        return QuestionChange(self.name, given[0] if given else None, self.version)


def _list_questions(
    query: AnalyticsQuery | None, analysis: AnalysisBody | None
) -> list[Question]:
    """Those that are given."""
    return [
        *([] if query is None else [query]),
        *([] if analysis is None else [analysis.root]),
    ]


class QuestionProblem(ResponseBody):
    example_values = {
        "code": ImpossibleQuery.code,
        "message": "margin is no metric",
        "possible": ["net_revenue"],
    }

    code: str
    message: str
    possible: list[str]

    @classmethod
    def from_error(cls, error: ImpossibleQuery) -> Self:
        return cls(code=error.code, message=error.reason, possible=error.possible)


class SavedQuestionView(ResponseBody):
    example_values = {
        "question_id": "0190c603-6f70-7182-8c3d-4e5f60718293",
        "name": "Kitchen by month",
        "query": EXAMPLE,
        "analysis": None,
        "problem": None,
        "version": 1,
        "created_at": "2026-03-01T09:30:00Z",
        "updated_at": "2026-03-01T09:30:00Z",
    }

    question_id: UUID
    name: str
    query: OmittedIfNone[dict[str, Any]] = None
    """As it was saved; one of both is there."""
    analysis: OmittedIfNone[dict[str, Any]] = None
    problem: OmittedIfNone[QuestionProblem] = None
    """Why it cannot be asked any more, such as a metric that there is no longer."""
    version: int
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def from_saved(cls, saved: SavedQuestion, *, now: datetime) -> Self:
        is_analysis = "analysis" in saved.body
        problem = find_problem(saved.body, now=now)
        return cls(
            question_id=saved.id,
            name=saved.name,
            query=None if is_analysis else saved.body,
            analysis=saved.body if is_analysis else None,
            problem=problem and QuestionProblem.from_error(problem),
            version=saved.version,
            created_at=saved.created_at,
            updated_at=saved.updated_at,
        )


class QuestionAnswer(ResponseUnion[AnalyticsResult | AnalysisResult]):
    """The answer of `POST /admin/analytics/query`, or that of `/analyses`."""

    @classmethod
    def example(cls) -> Self:
        return cls(AnalyticsResult.example())
