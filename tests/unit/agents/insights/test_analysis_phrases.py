"""The patterns of phrases that ask for an analysis."""

import pytest

from agents.local.insights.words.analysis_phrases import find_analysis_phrases
from agents.local.language.tokens import split_tokens


def find_first(text: str, *, border: int | None = None) -> tuple[str, str] | None:
    """The analysis of the first phrase, and its words; none of them is at the border."""
    tokens = split_tokens(text)
    found = find_analysis_phrases(
        tokens, is_free=lambda start, end: border is None or not start <= border < end
    )
    if not found:
        return None
    at, (name, end) = next(iter(found.items()))
    return name, " ".join(token.word for token in tokens[at:end])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("What pulled revenue down?", ("explain_change", "what pulled")),
        ("most often bought together", ("basket_pairs", "most often bought together")),
        ("revenue looks fishy", ("anomalies", "looks fishy")),
        ("is the mug almost sold out", ("stock_outlook", "almost sold out")),
        ("what brought in the most revenue", None),
        ("would you get me the orders", None),
    ],
)
def test_the_longest_phrase_of_a_pattern_is_found(
    text: str, phrase: tuple[str, str] | None
) -> None:
    assert find_first(text) == phrase


def test_a_phrase_does_not_cut_a_time() -> None:
    assert find_first("what sells out next month", border=3) == (
        "stock_outlook",
        "sells out",
    )


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        ("where do we risk a stockout", "stock_outlook"),
        ("what is getting scarce", "stock_outlook"),
        ("how long will our stock of lamps hold", "stock_outlook"),
        ("how many do we have to order", "stock_outlook"),
        ("categories that turn up together", "basket_pairs"),
        ("which products complement each other", "basket_pairs"),
        ("to what do we owe the rise", "explain_change"),
        ("sold from first to last", None),
        ("products with stock", None),
        ("a table with both of them", None),
    ],
)
def test_everyday_words_of_an_analysis_are_known(
    text: str, analysis: str | None
) -> None:
    found = find_first(text)

    assert (found and found[0]) == analysis
