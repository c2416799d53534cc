"""Answers what asks for no figure: greetings, thanks, what can be asked, other languages. Pure."""

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agents.local.language.tokens import Token, split_tokens

DATA = Path(__file__).parents[1] / "data"
ABILITIES = (
    "I answer from the shop's own figures: revenue, orders, units, refunds, customers and more, by "
    "product, category, country or period, for any time, compared with any other. I say why a "
    "figure changed, what was unusual, what to expect, what is bought together, and how many "
    "customers come back."
)
ANSWERS = {
    f"Hello! {ABILITIES} What would you like to know?": (
        "hello", "hi", "hey", "hi there", "hello there", "good morning", "good afternoon",
        "good evening", "good day",
    ),
    "You are welcome. What else would you like to know?": (
        "thank you", "thanks", "thanks a lot", "thank you very much", "great that helps", "perfect",
        "great", "great thanks", "ok thanks", "okay thanks", "cool", "nice", "thx", "cheers",
        "that helps", "perfect thanks", "good", "very good", "fine", "got it", "i see", "okay good",
        "ok good", "ok great", "makes sense", "lovely", "awesome", "brilliant", "excellent",
        "wonderful",
    ),
    "Goodbye.": ("bye", "goodbye", "that is all", "that's all", "see you", "bye bye"),
    ABILITIES: (
        "help", "who are you", "what are you", "what can you do", "what can i ask",
        "what can i ask you", "which figures do you know", "how do you work",
        "what do you know", "what figures do you have", "how can you help", "how can you help me",
    ),
}  # fmt: skip
MIN_FOREIGN_WORDS = 2


def find_small_talk(text: str) -> str | None:
    """The answer to a message that is nothing else than one of the known phrases."""
    words = join_words(text)
    return next(
        (answer for answer, phrases in ANSWERS.items() if words in phrases), None
    )


def join_words(text: str) -> str:
    return " ".join(token.word for token in split_words(text))


def split_words(text: str) -> list[Token]:
    return [token for token in split_tokens(text) if token.is_alphanumeric]


def find_foreign_answer(text: str, *, known: int) -> str | None:
    """What is said to a message in another language, in that language. `known` is the number of
    its words that have a meaning in English."""
    languages = _read_languages()
    scripts = languages["scripts"]
    found = {unicodedata.name(character, "").split(" ")[0] for character in text}
    # Japanese has Chinese characters, too: the first that is there, in the order of the file.
    for script, answer in scripts.items():
        if script in found:
            return str(answer)
    words = [token.word for token in split_words(text)]
    counts = {
        str(answer["answer"]): sum(word in answer["words"] for word in words)
        for name, answer in languages.items()
        if name != "scripts"
    }
    best = max(counts, key=lambda answer: counts[answer])
    if counts[best] >= MIN_FOREIGN_WORDS and counts[best] > known:
        return best
    return None


@cache
def _read_languages() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "languages.toml").read_text(encoding="utf-8"))
