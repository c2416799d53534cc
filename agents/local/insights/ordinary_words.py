"""The ordinary words of English, which are written on purpose. Pure."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "data" / "ordinary_words.txt"
VOWELS = frozenset("aeiou")
DOUBLED = frozenset("bdgmnprt")


def is_ordinary(word: str) -> bool:
    return word.casefold().replace("\u2019", "'") in _load_forms()


@cache
def _load_forms() -> frozenset[str]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if line[:1] != "#" for word in line.split()]
    return frozenset(form for word in words for form in (word, *_inflect_word(word)))


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
