"""Splits a text into words, numbers and signs, each with its place in the text."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

TOKEN = re.compile(
    r"(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*(?:(?<=s)['\u2019](?=\s))?)"
    r"|(?P<date>[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4})(?=-[0-9]{1,2}\.)"
    r"|(?P<number>[0-9]+(?:[.,:/-][0-9]+)*)"
    r"|(?P<sign>\.\.(?!\.)|[-=]+>|\S)"
)


@dataclass(frozen=True)
class Token:
    word: str
    """In lower case, without a possessive "'s"; empty for what belongs to a name."""
    start: int
    end: int
    is_glued: bool
    """Whether nothing is between it and the token before."""
    is_lower: bool
    is_possessive: bool = False

    @property
    def is_alphanumeric(self) -> bool:
        return not self.word or self.word[0].isalnum() or self.word[0] == "_"


def split_tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    end = 0
    for match in TOKEN.finditer(text):
        written = match[0].replace("\u2019", "'")
        word = written.lower()
        tokens.append(
            Token(
                word.removesuffix("'").removesuffix("'s") or word,
                match.start(),
                match.end(),
                is_glued=bool(tokens) and match.start() == end,
                is_lower=written == word,
                is_possessive=word.endswith("'s"),
            )
        )
        end = match.end()
    return tokens


def hide_names(tokens: Sequence[Token], names: Collection[str]) -> list[Token]:
    """Empty the words of the tokens that are a whole name; of several, the longest wins."""
    if not names:
        return list(tokens)
    by_first = _index_names(names)
    shown = list(tokens)
    at = 0
    while at < len(tokens):
        candidates = by_first.get(tokens[at].word, ())
        length = max(
            (_count_matching(tokens, at, name) for name in candidates), default=0
        )
        for index in range(at, at + length):
            shown[index] = replace(tokens[index], word="")
        at += max(length, 1)
    return shown


def _index_names(names: Iterable[str]) -> dict[str, set[tuple[str, ...]]]:
    by_first: dict[str, set[tuple[str, ...]]] = {}
    for name in names:
        words = tuple(token.word for token in split_tokens(name))
        if words:
            by_first.setdefault(words[0], set()).add(words)
    return by_first


def _count_matching(tokens: Sequence[Token], at: int, name: tuple[str, ...]) -> int:
    """The length of the name if it stands there, else 0."""
    if at + len(name) > len(tokens):
        return 0
    matches = all(tokens[at + n].word == word for n, word in enumerate(name))
    return len(name) if matches else 0
