import pytest

from agents.local.insights.words.lexicon import Role
from tests.unit.agents.insights.sense_cases import match_name, settle_words


@pytest.mark.parametrize(
    ("text", "word", "role"),
    [
        ("categories that didn't reach 150 units", "reach", Role.UNDER),
        ("categories that failed to make 1000 euros", "make", Role.UNDER),
        ("categories that never exceeded 20 orders", "exceeded", Role.AT_MOST),
        ("categories that reached 150 units", "reached", Role.AT_LEAST),
    ],
)
def test_a_negation_turns_a_bound(text: str, word: str, role: Role) -> None:
    assert settle_words(text)[word].has(role)


def test_two_values_of_which_one_is_behind_are_compared() -> None:
    text = "is Garden behind Kitchen"
    names = [match_name(text, each) for each in ("Garden", "Kitchen")]

    assert settle_words(text, *names)["behind"].has(Role.COMPARE)


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


def test_what_a_change_is_measured_in_is_its_figure() -> None:
    measured = settle_words("by how many units did sales change")
    assert measured["sales"].has(Role.FILLER)
    assert settle_words("how did units and sales change")["sales"].has(Role.METRIC)
