"""The questions of the evaluation, from `questions/*.toml`, each with what is expected.

Those of `blind.toml`, `blind_second.toml`, `blind_third.toml`, `blind_fourth.toml`,
`blind_fifth.toml` and `blind_sixth.toml` were written without sight of the grammar, and are frozen;
the others may be added to. `reworded_*.toml` are other wordings of these questions, frozen, too, by
people who have not seen the grammar either. `turns` are messages: the last one is judged, those
before it are its context. Expected is one of

- `query`, or `queries`; `alternatives` are single queries that are as good
- `analysis`, or `analyses`: requests, in which what is left out is the default
- `asks`: it must ask back; of `alternatives` each is as good, as the answer says which it took
- `unanswerable`: words of which the answer must name one, without any figures; none, where any
  answer without figures will do

"last 30 days" include today, "last 6 weeks" and longer ones are complete, the "next" ones begin
when the running one is over; a month, weekday or holiday without a year is the latest that has
begun; no time is everything. "Sales", "best" and "how much did we sell" are net revenue, "how many
did we sell" are units. Of what should be low, such as a return rate, the worst is the highest.
"""

import tomllib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.query.analytics_query import AnalyticsQuery

FOLDER = Path(__file__).parent / "questions"
HELD_OUT = ("reworded_fifteenth",)
"""Sets of wordings that nobody has read who works on the agent: they say what to expect of those
that other people find, and are bounded by nothing. Who reads one takes it off this list."""


class Kind(StrEnum):
    TOTALS = "totals"
    DIMENSION = "dimension"
    SERIES = "series"
    RANKING = "ranking"
    PERIODS = "periods"
    """Periods of time compared."""
    VALUES = "values"
    """Values of a dimension compared."""
    TIMES = "times"
    """Ways to say when."""
    FILTERS = "filters"
    NEGATION = "negation"
    THRESHOLDS = "thresholds"
    DERIVED = "derived"
    CURRENCY = "currency"
    RECURRING = "recurring"
    """Weekdays and hours."""
    NAMES = "names"
    """Names of the shop that look like times, numbers, or words of a question."""
    SEVERAL = "several"
    YES_NO = "yes_no"
    SPELLING = "spelling"
    FOLLOW_UP = "follow_up"
    ASKS = "asks"
    ANALYSIS = "analysis"
    """Why, what next, what is unusual, who comes back: no single query."""
    UNANSWERABLE = "unanswerable"


class EvaluationQuestion(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    shop: str
    kind: Kind
    turns: Sequence[str]
    query: AnalyticsQuery | None = None
    queries: Sequence[AnalyticsQuery] = ()
    alternatives: Sequence[AnalyticsQuery] = ()
    analysis: AnalysisBody | None = None
    analyses: Sequence[AnalysisBody] = ()
    asks: bool = False
    unanswerable: Sequence[str] | None = None

    @model_validator(mode="after")
    def _check_expectation(self) -> Self:
        given = [
            self.query is not None,
            bool(self.queries),
            self.analysis is not None,
            bool(self.analyses),
            self.asks,
            self.unanswerable is not None,
        ]
        if sum(given) != 1 or not self.turns:
            msg = (
                "needs turns, and one of query, queries, analysis, analyses, asks and "
                "unanswerable"
            )
            raise ValueError(msg)
        return self

    @property
    def is_blind(self) -> bool:
        return self.id.startswith("blind")

    @property
    def is_own(self) -> bool:
        """Whether it is no other wording of another question."""
        return not self.id.startswith("reworded")

    @property
    def is_reworded(self) -> bool:
        """Whether it is another wording, which has been read."""
        return not (self.is_own or self.is_held_out)

    @property
    def is_held_out(self) -> bool:
        return self.id.startswith(HELD_OUT)

    @property
    def is_answerable(self) -> bool:
        return self.query is not None or bool(self.queries or self.expected_analyses)

    @property
    def expected_analyses(self) -> Sequence[AnalysisBody]:
        return [self.analysis] if self.analysis is not None else self.analyses

    @property
    def expected(self) -> Sequence[Sequence[AnalyticsQuery]]:
        """Lists of queries of which one must run: the first is what is looked for."""
        own = [self.query] if self.query is not None else list(self.queries)
        return [*([own] if own else []), *([each] for each in self.alternatives)]


class Wording(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    """The id of the question that it asks in other words."""
    turns: Sequence[str]


class QuestionFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    questions: Sequence[EvaluationQuestion] = ()
    wordings: Sequence[Wording] = ()


def read_questions() -> Sequence[EvaluationQuestion]:
    """Those of all files, the blind ones first, then their other wordings."""
    files = {
        path.stem: QuestionFile.model_validate(
            tomllib.loads(path.read_text(encoding="utf-8"))
        )
        for path in sorted(FOLDER.glob("*.toml"))
    }
    questions = {
        question.id: question for file in files.values() for question in file.questions
    }
    reworded = [
        _reword_question(questions[wording.of], wording, f"{name}-{number:03}")
        for name, file in files.items()
        for number, wording in enumerate(file.wordings, 1)
    ]
    return [*questions.values(), *reworded]


def _reword_question(
    question: EvaluationQuestion, wording: Wording, name: str
) -> EvaluationQuestion:
    return question.model_copy(update={"id": name, "turns": wording.turns})
