"""What the sentences of one message have to do with each other."""

from datetime import date

from agents.local.insights.messages.links import (
    has_other_answer,
    is_continued,
    is_pointed_at,
    join_header,
    join_talk,
    merge_scopes,
    share_refinements,
    share_times,
)
from agents.local.insights.messages.questions import Reading
from agents.local.insights.question.parser import parse_question
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)
MAY = {"firstDay": "2026-05-01", "lastDay": "2026-05-31"}


def read_sentence(text: str, *, begins: bool = True) -> Reading:
    return Reading(text, parse_question(text, today=TODAY, matches=()), (), begins)


def test_a_sentence_points_at_what_talk_before_it_names() -> None:
    talk = read_sentence("I was on holiday in May.")
    asked = read_sentence("What were the orders of that month?")
    assert is_pointed_at(talk, asked, TODAY)
    assert not is_pointed_at(talk, read_sentence("orders in June"), TODAY)
    joined = join_talk(talk, asked)
    assert joined == "I was on holiday in May, what were the orders of that month?"


def test_a_name_in_capitals_stays_one_behind_talk() -> None:
    talk, asked = read_sentence("I was on holiday."), read_sentence("UK orders?")
    assert join_talk(talk, asked) == "I was on holiday, UK orders?"


def test_questions_of_a_sentence_share_a_time() -> None:
    requests = [
        read_sentence(text).question.request
        for text in ("orders", "revenue in May", "refunds last year", "units")
    ]
    share_times(requests)
    windows = [each.window for each in requests]
    assert windows[:2] == [MAY, MAY]
    assert windows[3] == windows[2] != MAY


def test_a_header_says_what_the_next_sentence_is_about() -> None:
    header, asked = (
        read_sentence("Let us look at May."),
        read_sentence("How many orders?"),
    )
    [joined] = join_header([header, asked])
    assert joined.question.request.window == MAY
    other = read_sentence("How many orders in June?")
    assert len(join_header([header, other])) == 2


def test_a_sentence_that_only_says_of_what_another_is_is_part_of_it() -> None:
    scope, asked = (
        read_sentence("Only May."),
        read_sentence("Which products sold best?"),
    )
    [merged] = merge_scopes([scope, asked])
    assert merged.text == "Which products sold best?"
    assert merged.question.request.window == MAY


def test_a_fragment_goes_on_with_the_question_before() -> None:
    before = read_sentence("What were the sales?")
    assert is_continued(before, read_sentence("By month, please"))
    assert not is_continued(before, read_sentence("By month", begins=False))
    assert not is_continued(before, read_sentence("How many orders were there?"))


def test_an_analysis_and_its_figures_are_two_answers() -> None:
    before = read_sentence("Why did revenue drop in May?")
    assert has_other_answer(before, read_sentence("Revenue by month"))
    assert not has_other_answer(before, read_sentence("By country"))
    assert not has_other_answer(
        read_sentence("Revenue in May"), read_sentence("Revenue by month")
    )


def test_a_question_takes_the_time_that_is_said_behind_it() -> None:
    before, after = read_sentence("Why did revenue drop?"), read_sentence("Take May")
    share_refinements([before, after])
    assert before.question.request.window == MAY


def test_orders_that_are_looked_at_are_no_figure() -> None:
    before = read_sentence("What is bought together?")
    after = read_sentence("The orders of May")
    share_refinements([before, after])
    assert after.question.request.metrics == []
    counted = read_sentence("The orders of May")
    share_refinements([read_sentence("How did revenue do?"), counted])
    assert counted.question.request.metrics == ["orders"]


def test_a_question_for_reasons_is_of_the_change_before_it() -> None:
    said = read_sentence("Revenue went down in May.")
    asked = read_sentence("Could you tell me what caused it?")
    assert is_pointed_at(said, asked, TODAY)
    assert not is_pointed_at(read_sentence("Did revenue go down in May?"), asked, TODAY)
    assert not is_pointed_at(said, read_sentence("Which products sold most?"), TODAY)
