"""What becomes of each question, and the figures of the scoreboard.

The worst outcome is a silent one: figures of another question, and no word about it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from statistics import mean
from typing import NamedTuple, TypeVar

from tests.eval.insights.canonical import is_same_analysis, is_same_answer
from tests.eval.insights.questions import EvaluationQuestion, Kind
from tests.eval.insights.shops import SHOPS, MemoryShop
from tests.support.scoreboard import Figure
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import NOT_RECORDED
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.values import ValueMatches
from webapp.kit.text import label_key

Found = TypeVar("Found")
Expected = TypeVar("Expected")


class Bounds(NamedTuple):
    """Shares of questions, beyond which a change is refused."""

    min_right: float
    max_silently_wrong: float
    max_refused: float


BOUNDS = Bounds(0.92, 0.0, 0.05)
REWORDED_BOUNDS = Bounds(0.92, 0.02, 0.06)
"""Of wordings by others that have been read. The aims are those above."""

ANNOUNCEMENTS = (
    *("left out", "do not know", "not recorded"),
    *("did you mean", "do you mean"),
)
"""What answers say where they do not answer the question as it was asked."""


class AnswerOutcome(StrEnum):
    RIGHT = "right"
    """The expected queries and figures; of what cannot be answered, that is said as it should."""
    CAVEATED = "right, but says that something was left out"
    REFUSED = "no figures for what can be answered"
    ANNOUNCED = "another query, and says so"
    SILENT = "another query, and no word about it"
    FAILED = "ended with an error"
    UNNAMED = "no figures, but neither named nor asked what it should"


@dataclass(frozen=True)
class AgentAnswer:
    text: str
    results: Sequence[AnalyticsResult]
    """Of the queries that ran, in their order."""
    analyses: Sequence[AnalysisResult] = ()
    errors: Sequence[str] = ()
    """What tools said that could not do what they were asked."""
    found: Sequence[ValueMatches] = ()
    """The names that were looked up in the question."""


@dataclass(frozen=True)
class Judged:
    question: EvaluationQuestion
    answer: AgentAnswer
    outcome: AnswerOutcome


def judge_answer(
    question: EvaluationQuestion, answer: AgentAnswer, shop: MemoryShop
) -> AnswerOutcome:
    if not answer.results and not answer.analyses:
        return _judge_words(question, answer.text)
    is_announced = any(each in _key_answer(answer) for each in ANNOUNCEMENTS)
    if _is_analyzed(question, answer, shop) or (
        not answer.analyses
        and any(_is_answered(answer, queries, shop) for queries in question.expected)
    ):
        is_caveated = is_announced and question.is_answerable
        return AnswerOutcome.CAVEATED if is_caveated else AnswerOutcome.RIGHT
    return AnswerOutcome.ANNOUNCED if is_announced else AnswerOutcome.SILENT


def _judge_words(question: EvaluationQuestion, text: str) -> AnswerOutcome:
    if question.is_answerable:
        return AnswerOutcome.REFUSED
    words = question.unanswerable
    if words is None:
        return AnswerOutcome.RIGHT if "?" in text else AnswerOutcome.UNNAMED
    is_named = not words or any(label_key(each) in _key_text(text) for each in words)
    return AnswerOutcome.RIGHT if is_named else AnswerOutcome.UNNAMED


def _key_answer(answer: AgentAnswer) -> str:
    """Without what the results themselves note, which is there for every question."""
    text = _key_text(answer.text)
    queries = (note for result in answer.results for note in result.notes)
    analyses = (note for result in answer.analyses for note in result.notes)
    for note in chain(queries, analyses):
        text = text.replace(_key_text(note), "")
    return text


def _key_text(text: str) -> str:
    """Without the value that rows have, which announces nothing."""
    return label_key(text).replace(NOT_RECORDED, "")


def _is_answered(
    answer: AgentAnswer, queries: Sequence[AnalyticsQuery], shop: MemoryShop
) -> bool:
    return _match_all(
        answer.results,
        queries,
        lambda result, query: is_same_answer(result, query, shop),
    )


def _match_all(
    found: Sequence[Found],
    expected: Sequence[Expected],
    is_same: Callable[[Found, Expected], bool],
) -> bool:
    """Whether each of the expected ones is found, in whatever order, and nothing else."""
    left = list(expected)
    for each in found:
        same = next((one for one in left if is_same(each, one)), None)
        if same is None:
            return False
        left.remove(same)
    return not left


def _is_analyzed(
    question: EvaluationQuestion, answer: AgentAnswer, shop: MemoryShop
) -> bool:
    expected = question.expected_analyses
    return (
        bool(expected)
        and not answer.results
        and _match_all(
            answer.analyses,
            [body.root for body in expected],
            lambda result, request: is_same_analysis(result, request, shop),
        )
    )


def build_figures(judged: Sequence[Judged]) -> list[Figure]:
    held_out = [each for each in judged if each.question.is_held_out]
    reworded = [each for each in judged if each.question.is_reworded]
    known = [each for each in judged if each.question.is_own]
    blind = [each for each in known if each.question.is_blind]
    others = [each for each in known if not each.question.is_blind]
    return [
        *_summarize("", known, BOUNDS),
        *_summarize("blind: ", blind),
        *_summarize("others: ", others),
        *_summarize("reworded: ", reworded, REWORDED_BOUNDS),
        *_summarize("held out: ", held_out),
        *chain.from_iterable(
            _count_right(f"kind {kind}, right", known, _has_kind(kind)) for kind in Kind
        ),
        *chain.from_iterable(
            _count_right(f"shop {shop}, right", known, _is_of_shop(shop))
            for shop in SHOPS
        ),
    ]


def _has_kind(kind: Kind) -> Callable[[EvaluationQuestion], bool]:
    return lambda question: question.kind is kind


def _is_of_shop(shop: str) -> Callable[[EvaluationQuestion], bool]:
    return lambda question: question.shop == shop


def _summarize(
    prefix: str, judged: Sequence[Judged], bounds: Bounds | None = None
) -> Iterator[Figure]:
    answerable = [each for each in judged if each.question.is_answerable]
    yield from _count_outcomes(
        f"{prefix}exactly right",
        answerable,
        AnswerOutcome.RIGHT,
        threshold=bounds.min_right if bounds else None,
    )
    yield from _count_outcomes(
        f"{prefix}silently wrong",
        judged,
        AnswerOutcome.SILENT,
        maximum=bounds.max_silently_wrong if bounds else None,
    )
    yield from _count_outcomes(
        f"{prefix}wrong and said so", answerable, AnswerOutcome.ANNOUNCED
    )
    yield from _count_outcomes(
        f"{prefix}refused, or with an unfounded word of something left out",
        answerable,
        AnswerOutcome.REFUSED,
        AnswerOutcome.FAILED,
        AnswerOutcome.CAVEATED,
        maximum=bounds.max_refused if bounds else None,
    )
    for label, kind in (
        ("follow-ups right", Kind.FOLLOW_UP),
        ("cannot be answered, and said so", Kind.UNANSWERABLE),
        ("ambiguous, and asked back", Kind.ASKS),
    ):
        yield from _count_right(f"{prefix}{label}", judged, _has_kind(kind))


def _count_right(
    name: str,
    judged: Sequence[Judged],
    is_counted: Callable[[EvaluationQuestion], bool],
) -> Iterator[Figure]:
    counted = [each for each in judged if is_counted(each.question)]
    yield from _count_outcomes(name, counted, AnswerOutcome.RIGHT)


def _count_outcomes(
    name: str,
    judged: Sequence[Judged],
    *outcomes: AnswerOutcome,
    threshold: float | None = None,
    maximum: float | None = None,
) -> Iterator[Figure]:
    """The share of these outcomes; nothing for no questions."""
    if judged:
        value = mean(each.outcome in outcomes for each in judged)
        yield Figure(name, value, len(judged), threshold, maximum)
