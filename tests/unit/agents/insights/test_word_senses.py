from datetime import date

import pytest

from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention, find_mentions
from agents.local.insights.word_senses import settle_senses
from webapp.insights.query.values import MatchKind, ValueMatch

TODAY = date(2026, 11, 18)


def settle_words(text: str, *names: ValueMatch) -> dict[str, Mention]:
    found = find_mentions(text, today=TODAY, matches=names)
    return {each.text: each for each in settle_senses(text, found)}


def name_match(text: str, name: str, kind: MatchKind = MatchKind.WHOLE) -> ValueMatch:
    start = text.index(name)
    return ValueMatch(
        dimension="product", value=name, start=start, end=start + len(name), kind=kind
    )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("how many puzzles did we shift in august", "shift"),
        ("which products shifted the most units", "shifted"),
        ("what moved best last month", "moved"),
        ("units shifted per category", "shifted"),
    ],
)
def test_goods_that_are_shifted_are_sold(text: str, word: str) -> None:
    mention = settle_words(text)[word]

    assert mention.has(Role.METRIC_VERB)
    assert not mention.has(Role.CHANGE)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("shift in revenue from august to september", "shift"),
        ("how has revenue shifted this year", "shifted"),
        ("did revenue move last month", "move"),
    ],
)
def test_figures_that_shift_change(text: str, word: str) -> None:
    mention = settle_words(text)[word]

    assert mention.has(Role.CHANGE)
    assert not mention.has(Role.METRIC_VERB)


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("units of the book “Returns”", "book"),
        ("units of a record called Returns", "record"),
        ('sales of the title "Returns"', "title"),
    ],
)
def test_a_noun_before_a_name_says_what_it_is(text: str, noun: str) -> None:
    assert settle_words(text, name_match(text, "Returns"))[noun].has(Role.FILLER)


def test_other_words_before_a_name_are_kept() -> None:
    text = "units of signed “Returns”"

    assert settle_words(text, name_match(text, "Returns"))["signed"].is_unknown


def test_the_first_months_are_no_part_of_a_name() -> None:
    text = "lifetime value over the first 3 months"
    name = name_match(text, "first", MatchKind.PART)

    assert settle_words(text, name)["first"].is_unknown


def test_first_light_is_a_part_of_a_name() -> None:
    text = "units of first toys"
    name = name_match(text, "first", MatchKind.PART)

    assert settle_words(text, name)["first"].is_value


@pytest.mark.parametrize("text", ["Take this year.", "please take 2025"])
def test_nobody_takes_money_in_a_request(text: str) -> None:
    [taken] = [
        each for each in settle_words(text).values() if each.text in {"Take", "take"}
    ]

    assert not taken.has(Role.METRIC_VERB)


def test_money_that_we_took_is_revenue() -> None:
    assert settle_words("what did we take in May")["take"].has(Role.METRIC_VERB)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("did we sell more or fewer units in September than in August", "or fewer"),
        ("were orders higher or lower than in May", "or lower"),
    ],
)
def test_a_change_either_way_is_no_bound(text: str, word: str) -> None:
    mention = settle_words(text)[word]

    assert mention.has(Role.CHANGE)
    assert not mention.has(Role.OR_LESS)


def test_or_fewer_behind_a_number_is_a_bound() -> None:
    assert settle_words("products with 100 or fewer units")["or fewer"].has(
        Role.OR_LESS
    )


def test_days_that_are_compared_are_no_bound() -> None:
    assert settle_words("are Mondays better than Fridays")["better than"].has(
        Role.COMPARE
    )
    assert settle_words("better than 100 units")["better than"].has(Role.OVER)
