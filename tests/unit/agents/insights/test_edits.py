"""Changes of what was asked before: what their words do, and what they are no words of."""

from datetime import date

import pytest

from agents.local.insights.edits.phrases import find_edits
from agents.local.insights.edits.senses import settle_edits
from agents.local.insights.question.parser import parse_question
from agents.local.insights.question.question import Question
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.language.today import Today
from agents.local.language.tokens import split_tokens
from webapp.insights.query.values import MatchKind, ValueMatch
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)
COUNTRIES = {"Germany": "DE", "France": "FR", "the US": "US"}


def name_countries(text: str) -> list[ValueMatch]:
    return [
        ValueMatch(
            dimension="country",
            value=code,
            start=text.index(name),
            end=text.index(name) + len(name),
            kind=MatchKind.WHOLE,
        )
        for name, code in COUNTRIES.items()
        if name in text
    ]


def list_roles(text: str) -> set[Role]:
    """Of the edits that cover a whole text."""
    tokens = split_tokens(text)
    return {
        each.meaning.role
        for each in find_edits(tokens)
        if each.start == 0 and each.end == len(tokens)
    }


def read_follow_up(text: str) -> Question:
    return parse_question(text, today=TODAY, matches=name_countries(text), follows=True)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("narrow it down to", Role.ONLY),
        ("cut the whole list to", Role.ONLY),
        ("filtered on", Role.ONLY),
        ("just leave me", Role.ONLY),
        ("is enough", Role.ONLY),
        ("i don't need", Role.EXCLUDE),
        ("kick out", Role.EXCLUDE),
        ("leave them off", Role.EXCLUDE),
        ("add those up to one number", Role.SUM_UP),
        ("total that", Role.SUM_UP),
        ("in a single figure", Role.SUM_UP),
        ("drop the breakdown", Role.SUM_UP),
        ("sort them by", Role.SORT),
        ("from lowest to highest", Role.ASCENDING),
        ("the strongest first", Role.DESCENDING),
        ("the other way round", Role.FLIP),
        ("in alphabetical order", Role.ALPHABETICAL),
        ("which ones come after those", Role.FURTHER),
        ("redo that with", Role.AGAIN),
        ("how does that look for", Role.AGAIN),
        ("remove the filter on", Role.FORGET),
        ("in another column", Role.ALSO),
        ("as a bar chart", Role.CHART),
        ("that's too detailed", Role.TALK),
        ("the numbers are hard to read", Role.TALK),
        ("great", Role.TALK),
        ("swap that for", Role.AGAIN),
        ("set the period to", Role.AGAIN),
        ("no, wait,", Role.AGAIN),
        ("wrong category,", Role.AGAIN),
        ("it should have been", Role.AGAIN),
        ("add it up week after week", Role.RUNNING_TOTAL),
        ("summed up as it goes along", Role.RUNNING_TOTAL),
        ("without limiting it to", Role.FORGET),
        ("scrap that filter", Role.FORGET),
        ("that follow", Role.FURTHER),
        ("which ones follow", Role.FURTHER),
        ("who comes next", Role.FURTHER),
        ("the runner-ups", Role.FURTHER),
        ("let's try it for", Role.AGAIN),
        ("it was supposed to be", Role.AGAIN),
        ("how did they compare", Role.AGAIN),
        ("show me all", Role.EVERY_VALUE),
        ("for everyone", Role.FORGET),
        ("so that I can see where we stand", Role.TALK),
        ("in order of date", Role.ALPHABETICAL),
        ("split that further by", Role.ALSO),
    ],
)
def test_edits_do_what_a_word_of_the_lexicon_does(text: str, role: Role) -> None:
    assert list_roles(text) == {role}


@pytest.mark.parametrize(
    "text",
    [
        "cut",
        "orders with a value",
        "drop that category",
        "the highest first 3",
        "great products",
        "by name",
        "differ between may",
        "no refunds",
        "it was a good month",
        "add them to the list",
        "what is behind that",
        "who is",
        "that are",
        "by date",
        "turn it",
        "it was to be",
        "all for everyone",
    ],
)
def test_words_of_other_questions_are_no_edits(text: str) -> None:
    tokens = split_tokens(text)
    whole = [each for each in find_edits(tokens) if each.end == len(tokens)]
    assert [each for each in whole if each.start == 0] == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("take the US out of that list", "notIn"),
        ("leave the US out", "notIn"),
        ("leave only the US in the list", "in"),
        ("the US is not our market, leave it out", "notIn"),
        ("the US can go", "notIn"),
        ("forget the US", "notIn"),
        ("the same but without the US", "notIn"),
        ("keep the US, drop the rest", "in"),
        ("without the US, I only care about the others", "notIn"),
    ],
)
def test_particles_and_pronouns_say_what_is_left_out(text: str, key: str) -> None:
    question = read_follow_up(text)
    assert question.unknown == ()
    assert question.request.filters == [{"dimension": "country", key: ["US"]}]


def test_what_is_said_of_a_name_stays_unknown_where_nothing_takes_it_up() -> None:
    assert read_follow_up("the US is rather gloomy").unknown
    assert read_follow_up("the US in paperback, leave it out").unknown


def test_the_second_is_in_place_of_the_first() -> None:
    swapped = read_follow_up("swap Germany for France").request
    assert swapped.filters == [{"dimension": "country", "in": ["FR"]}]
    corrected = read_follow_up("not September, August").request
    assert corrected.window == {"firstDay": "2026-08-01", "lastDay": "2026-08-31"}
    assert read_follow_up("swap Germany for orders").unknown


def test_what_is_hidden_below_a_bound_leaves_what_is_above() -> None:
    [bound] = read_follow_up("drop everything below 5000").request.bounds
    assert bound.at_least == 5000
    assert bound.at_most is None
    [kept] = read_follow_up("only those below 5000").request.bounds
    assert kept.at_most == 5000


def test_particles_of_splitting_are_no_rise() -> None:
    mentions = settle_edits(
        find_mentions("split the revenue up by country", today=TODAY, matches=())
    )
    assert not any(each.has(Role.RISE) for each in mentions)
    mentions = settle_edits(
        find_mentions("revenue went up by country", today=TODAY, matches=())
    )
    assert any(each.has(Role.RISE) for each in mentions)


def test_orders_of_a_country_are_those_of_the_figures_before() -> None:
    assert read_follow_up("only the orders from Germany").request.metrics == []
    assert read_follow_up("how many orders from Germany").request.metrics == ["orders"]
    alone = "only the orders from Germany"
    first = parse_question(alone, today=TODAY, matches=name_countries(alone))
    assert first.request.metrics == ["orders"]


@pytest.mark.parametrize(
    ("text", "sums", "count"),
    [
        ("the two combined", True, 2),
        ("add the three up", True, 3),
        ("what do both make together?", True, 2),
        ("side by side", False, None),
        ("and in total?", True, None),
    ],
)
def test_several_queries_before_are_wanted_at_once(
    text: str, sums: bool, count: int | None
) -> None:
    pair = read_follow_up(text).pair
    assert pair is not None
    assert (pair.sums, pair.count) == (sums, count)


@pytest.mark.parametrize(
    "text", ["total orders", "for all countries together", "by country", "the top two"]
)
def test_other_messages_are_of_no_several_queries(text: str) -> None:
    assert read_follow_up(text).pair is None


def test_what_is_said_next_to_a_name_narrows_or_leaves_out() -> None:
    alone = read_follow_up("if you look at Germany alone")
    assert alone.unknown == ()
    assert alone.request.filters == [{"dimension": "country", "in": ["DE"]}]
    assert read_follow_up("customers who live alone").unknown
    out = read_follow_up("the US out again").request
    assert out.filters == [{"dimension": "country", "notIn": ["US"]}]


def test_the_top_ranks_where_rows_are_named() -> None:
    ranked = read_follow_up("the 3 countries on top").request
    assert (ranked.descending, ranked.limit) == (True, 3)
    assert read_follow_up("put it on top").request.descending is None


def test_places_in_a_list_are_rows() -> None:
    request = read_follow_up("numbers 6 to 10").request
    assert (request.start, request.limit) == (5, 5)
    assert not read_follow_up("between 6 and 10 orders").request.goes_on


def test_a_word_of_the_figure_before_is_that_figure() -> None:
    text = "which of them has the worst rate?"
    read = parse_question(
        text, today=TODAY, matches=(), follows=True, figures=["refund_rate"]
    )
    assert read.unknown == ()
    assert parse_question(text, today=TODAY, matches=(), follows=True).unknown


def test_two_questions_before_are_seen_together_or_added_up() -> None:
    shown = read_follow_up("show me the two together").pair
    summed = read_follow_up("how much are the two together").pair
    assert shown is not None
    assert not shown.sums
    assert summed is not None
    assert summed.sums
    differs = read_follow_up("what is the difference between the two").pair
    assert differs is not None
    assert differs.differs


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("how does it compare with May", Role.AGAIN),
        ("back to all countries", Role.AGAIN),
        ("the orders should be", Role.AGAIN),
        ("for everyone in May", Role.FORGET),
        ("show me all countries", Role.EVERY_VALUE),
        ("the list is long enough orders", Role.TALK),
        ("drop that category", Role.EXCLUDE),
        ("Germany can go up", Role.EXCLUDE),
        ("it could be better in May than orders", Role.TALK),
    ],
)
def test_words_that_go_on_are_something_else(text: str, role: Role) -> None:
    found = {each.meaning.role for each in find_edits(split_tokens(text))}
    assert role not in found


def test_rows_differ_between_statuses_of_customers_alone() -> None:
    split = next(find_edits(split_tokens("differ between first-time and old ones")))
    assert split.meaning.role is Role.BY


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("60 days, not 30", 60),
        ("not 30 days, 60", 60),
        ("not 30 but 60 days", 60),
        ("make it 60 instead of 30 days", 60),
        ("60 rather than 30 days", 60),
    ],
)
def test_of_two_numbers_the_denied_one_says_nothing(text: str, number: int) -> None:
    question = read_follow_up(text)
    assert not question.unknown
    assert (question.request.number, question.request.number_unit) == (number, "day")


def test_two_numbers_of_which_none_is_denied_are_not_dropped() -> None:
    assert read_follow_up("make it 60 and 30").unknown


def test_a_time_instead_of_another_is_the_only_one() -> None:
    request = read_follow_up("for Q3 instead of the last 30 days").request
    assert request.window == {"firstDay": "2026-07-01", "lastDay": "2026-09-30"}
    assert request.windows == []


@pytest.mark.parametrize(
    "text", ["just with orders from Germany", "without orders from Germany"]
)
def test_a_set_that_is_limited_is_no_figure(text: str) -> None:
    question = parse_question(
        text,
        today=TODAY,
        matches=name_countries(text),
        follows=True,
        figures=("units",),
    )
    assert question.request.metrics == []


@pytest.mark.parametrize(
    "text", ["just the orders", "can I just get the orders from Germany"]
)
def test_a_set_that_is_asked_for_is_a_figure(text: str) -> None:
    question = parse_question(
        text,
        today=TODAY,
        matches=name_countries(text),
        follows=True,
        figures=("units",),
    )
    assert question.request.metrics == ["orders"]


def test_nobody_takes_money_where_a_time_is_taken() -> None:
    assert read_follow_up("what if we take the last 60 days").request.metrics == []
    assert read_follow_up("what did we take in May").request.metrics == ["net_revenue"]


def test_a_number_of_rows_may_be_of_each() -> None:
    request = read_follow_up("3 for each, not 1").request
    assert (request.number, request.of_each) == (3, True)


def test_a_difference_to_a_time_is_one_from_that() -> None:
    request = read_follow_up("what is the difference to September").request
    assert request.window is None
    assert request.compare_to == {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}


def test_the_first_rows_are_not_left_out_by_their_fall() -> None:
    assert read_follow_up("drop the smallest three").unknown
