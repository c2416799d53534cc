"""The insights agent keeps what the evaluation asks of it."""

import pytest

from agents.insights.grounding import AnswerGrounding
from agents.local.insights.words.lexicon import load_analysis_tools
from agents.turn_trace import TurnTrace
from tests.eval.insights.__main__ import ask_question, describe_failures
from tests.eval.insights.questions import read_questions
from tests.eval.insights.scoring import AgentAnswer, Judged, build_figures
from tests.support.thoroughness import take_part

OWN_ONE_IN = 3
WORDINGS_ONE_IN = 8
"""One in so many is asked here; `make eval` asks all."""


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    asked = [each for each in read_questions() if not each.is_held_out]
    wordings = [each for each in asked if each.is_reworded]
    own = [each for each in asked if not each.is_reworded]
    part = [
        *take_part(own, one_in=OWN_ONE_IN),
        *take_part(wordings, one_in=WORDINGS_ONE_IN),
    ]
    return [ask_question(each) for each in part]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_figure_is_beyond_its_threshold(judged: list[Judged]) -> None:
    refused = [figure for figure in build_figures(judged) if figure.is_refused]

    assert not refused, "\n".join(describe_failures(judged))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_that_the_local_model_writes_is_withheld(judged: list[Judged]) -> None:
    own = [each for each in judged if each.question.is_own]
    answers = [(each.question.turns[-1], each.answer) for each in own]

    assert len(answers) > 600
    assert [
        answer.text
        for message, answer in answers
        if pass_grounding(message, answer) != answer.text
    ] == []


def pass_grounding(message: str, answer: AgentAnswer) -> str:
    trace = TurnTrace(message=message, errors=list(answer.errors))
    for found in answer.found:
        trace.add_result("find_values", found, found.model_dump(mode="json"))
    for result in answer.results:
        trace.add_result("query_analytics", result, result.model_dump(mode="json"))
    for analysis in answer.analyses:
        name = load_analysis_tools()[analysis.request.analysis]
        trace.add_result(name, analysis, analysis.model_dump(mode="json"))
    grounding = AnswerGrounding(trace)
    return grounding.feed(answer.text) + grounding.flush()
