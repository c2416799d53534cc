"""The insights agent keeps what the evaluation asks of it."""

import pytest

from tests.eval.insights.__main__ import ask_question, describe_failures
from tests.eval.insights.questions import read_questions
from tests.eval.insights.scoring import build_figures


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_figure_is_beyond_its_threshold() -> None:
    judged = [ask_question(question) for question in read_questions()]

    refused = [figure for figure in build_figures(judged) if figure.is_refused]

    assert not refused, "\n".join(describe_failures(judged))
