"""Evaluate the insights agent: `python -m tests.eval.insights`.

Asks it questions in ordinary words about three shops in memory, and compares the queries that ran,
and their figures, with the expected ones. `--kind` and `--id` choose questions, `--failures` prints
what became of those that went wrong. Ends with 1 where a figure is beyond its threshold.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.eval.insights.questions import EvaluationQuestion, Kind, read_questions
from tests.eval.insights.scoring import (
    AgentAnswer,
    AnswerOutcome,
    Judged,
    build_figures,
    judge_answer,
)
from tests.eval.insights.shops import NOW, build_shop
from tests.support.insights_dialogue import InsightsDialogue
from tests.support.scoreboard import format_scoreboard
from webapp.insights.query.analytics_query import QueryScope

AGENT_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a mistake in the agent raises: it costs one question, not the evaluation."""
CHUNK = 16
"""Questions that a process is given at a time."""
LINES_SHOWN = 4
"""Of the answer to a question that went wrong."""


def main() -> None:
    options = parse_options()
    questions = [
        question
        for question in read_questions()
        if options.kind in {None, question.kind} and question.id.startswith(options.id)
    ]
    if not questions:
        sys.exit("No question is of this kind and id")
    with ProcessPoolExecutor() as processes:
        judged = list(processes.map(ask_question, questions, chunksize=CHUNK))
    if options.failures:
        print("\n".join(describe_failures(judged)))
    figures = build_figures(judged)
    print(format_scoreboard(figures))
    if any(figure.is_refused for figure in figures):
        sys.exit(1)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", type=Kind, help=f"one of {', '.join(Kind)}")
    parser.add_argument("--id", default="", help="an id, or how it begins: blind-01")
    parser.add_argument("--failures", action="store_true")
    return parser.parse_args()


def ask_question(question: EvaluationQuestion) -> Judged:
    shop = build_shop(question.shop)
    dialogue = InsightsDialogue(
        shop.facts,
        home_currency=shop.home_currency,
        zone=shop.zone,
        now=NOW,
        others=shop.others,
        catalog=shop.catalog,
    )
    try:
        turns = [dialogue.ask(message) for message in question.turns]
    except AGENT_ERRORS as error:
        answer = AgentAnswer(f"{type(error).__name__}: {error}", [])
        return Judged(question, answer, AnswerOutcome.FAILED)
    last = turns[-1]
    answer = AgentAnswer(
        last.text, last.results, last.analyses, last.errors, last.found
    )
    return Judged(question, answer, judge_answer(question, answer, shop))


def describe_failures(judged: Iterable[Judged]) -> Iterator[str]:
    for each in judged:
        if each.outcome is AnswerOutcome.RIGHT:
            continue
        question = each.question
        yield f"{question.id} ({question.kind}, {question.shop}): {each.outcome}"
        yield from (f"  > {message}" for message in question.turns)
        yield from _describe_expected(question)
        yield from _write_queries(
            "got", [result.query for result in each.answer.results]
        )
        yield from _write_queries(
            "got", [result.request for result in each.answer.analyses]
        )
        lines = each.answer.text.splitlines()[:LINES_SHOWN]
        yield from (f"  | {line}" for line in lines)
        yield ""


def _describe_expected(question: EvaluationQuestion) -> Iterator[str]:
    if question.asks:
        yield "  expected: asks back"
    if question.unanswerable is not None:
        words = " or ".join(question.unanswerable) or "no figures"
        yield f"  expected: {words}"
    for queries in question.expected:
        yield from _write_queries("expected", queries)
    analyses = [body.root for body in question.expected_analyses]
    yield from _write_queries("expected", analyses)


def _write_queries(label: str, queries: Sequence[QueryScope]) -> Iterator[str]:
    for query in queries:
        text = query.model_dump_json(exclude_unset=True, exclude={"as_of"})
        yield f"  {label}: {text}"


if __name__ == "__main__":
    main()
