"""The ordinary words of English, which are written on purpose. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parents[1] / "data" / "ordinary_words.txt"
HEADING = re.compile(r"(?m)^# (.+)\n")
VERBS = "Verbs, with their irregular forms"
QUALITIES = "Of qualities"
VOWELS = frozenset("aeiou")
DOUBLED = frozenset("bdgmnprt")


def is_ordinary(word: str) -> bool:
    return word.casefold().replace("\u2019", "'") in _load_forms()


def is_verb(word: str) -> bool:
    """Whether a word is a form of a verb; many are nouns, too."""
    return word.casefold() in _load_verbs()


def is_quality(word: str) -> bool:
    """Whether a word tells how something is: "new"."""
    return word in _read_sections()[QUALITIES]


@cache
def _load_forms() -> frozenset[str]:
    return frozenset(form for words in _read_sections().values() for form in words)


@cache
def _load_verbs() -> frozenset[str]:
    return _read_sections()[VERBS]


@cache
def _read_sections() -> Mapping[str, frozenset[str]]:
    """The words of each section with their forms, by its heading."""
    _, *parts = HEADING.split(WORDS.read_text(encoding="utf-8"))
    return {
        heading: frozenset(
            form for word in words.split() for form in (word, *_inflect_word(word))
        )
        for heading, words in zip(parts[::2], parts[1::2], strict=True)
    }


def _inflect_word(word: str) -> Iterator[str]:
    """Its regular forms, as of a noun and of a verb."""
    if len(word) < 3 or not word.isalpha():
        return
    if word.endswith("y") and word[-2] not in VOWELS:
        yield from (
            f"{word[:-1]}ies",
            f"{word[:-1]}ied",
            f"{word[:-1]}ier",
            f"{word}ing",
        )
        return
    yield f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"
    stem = word.removesuffix("e")
    ends = word[-3] not in VOWELS and word[-2] in VOWELS and word[-1] in DOUBLED
    if len(word) <= 4 and ends:
        stem += word[-1]
    yield from (f"{stem}ed", f"{stem}er", f"{stem}ing")
