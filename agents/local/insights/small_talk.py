"""Answers what asks for no figure: greetings, thanks, what can be asked, other languages. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from agents.local.insights.edits import find_edits
from agents.local.insights.lexicon import Role, load_lexicon
from agents.local.language.tokens import Token, split_tokens

DATA = Path(__file__).parent / "data"
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
THESE = ("it", "that", "this", "them", "those")
LEAVING_OUT = frozenset(
    phrase.format(what)
    for what in THESE
    for phrase in (
        "without {}", "leave {} out", "skip {}", "ignore {}", "drop {}", "omit {}", "remove {}",
        "forget {}",
    )
)  # fmt: skip
"""What may be done with words that are not known."""
OTHER_ONE = re.compile(
    r"(?:(?:and|now|then|so|ok|okay|show|give|me|us|can|could|you|i|see|let's|let|go|switch|back|to"
    r"|what|how|about|with|for|once|more|again|please|have|a|look|at|return) )*"
    r"(?:the (?P<first>first|initial|original) (?:one|figures?|numbers?|table|list|view|question"
    r"|result|results|query|categor\w*|countr\w*|product|brand)"
    r"|the (?:other|previous|former|earlier|prior|preceding) "
    r"(?:categor|countr|product|brand|state|region|item|article|market|name|figure)\w*"
    r"|the other(?: one)?)"
    r"(?: (?:again|please|instead|then|once|more|now|thanks))*"
)
""" "Show me the previous category again": what was asked before the last one."""
SUMS = frozenset({"total", "sum", "added", "summed", "totaled", "totalled"})
MIN_FOREIGN_WORDS = 2


def find_small_talk(text: str) -> str | None:
    """The answer to a message that is nothing else than one of the known phrases."""
    words = _join_words(text)
    return next(
        (answer for answer, phrases in ANSWERS.items() if words in phrases), None
    )


def is_agreeing(text: str) -> bool:
    """Whether a message only says yes, to an answer without words that are not known: "yes please,
    leave it out"."""
    tokens = [token for token in split_tokens(text) if token.is_alphanumeric]
    at, agrees = 0, False
    while at < len(tokens):
        size, agrees_here = _read_agreement(tokens, at)
        if not size:
            return False
        agrees |= agrees_here
        at += size
    return agrees


def _read_agreement(tokens: Sequence[Token], at: int) -> tuple[int, bool]:
    """The number of tokens that say yes, or nothing; 0 where they say something else."""
    for size in (3, 2):
        if " ".join(each.word for each in tokens[at : at + size]) in LEAVING_OUT:
            return size, True
    size, meanings = load_lexicon().find_longest(tokens, at, len(tokens))
    roles = {each.role for each in meanings}
    if roles.isdisjoint({Role.YES, Role.FILLER, Role.TALK}):
        return 0, False
    return size, Role.YES in roles


def is_choice(text: str) -> bool:
    """Whether a message only says which of two is meant: "both", "and the other one?"."""
    if OTHER_ONE.fullmatch(_join_words(text)) or is_first(text):
        return True
    if not SUMS.isdisjoint(_join_words(text).split()):
        return False
    tokens = [token for token in split_tokens(text) if token.is_alphanumeric]
    sums = any(each.meaning.role is Role.SUM_UP for each in find_edits(tokens))
    return not sums and _find_choice(tokens) is not None


def is_first(text: str) -> bool:
    """Whether it is the first figures of all that are wanted again."""
    found = OTHER_ONE.fullmatch(_join_words(text))
    return found is not None and found["first"] is not None


def is_of_both(text: str) -> bool:
    """Whether a message that is a choice is of both."""
    tokens = [token for token in split_tokens(text) if token.is_alphanumeric]
    return _find_choice(tokens) is Role.BOTH


def _find_choice(tokens: Sequence[Token]) -> Role | None:
    """The role of the only phrase that says something."""
    at, chosen = 0, None
    while at < len(tokens):
        size, meanings = load_lexicon().find_longest(tokens, at, len(tokens))
        roles = {each.role for each in meanings}
        choice = next((each for each in (Role.BOTH, Role.OTHER) if each in roles), None)
        if choice is None and roles.isdisjoint({Role.FILLER, Role.AGAIN, Role.JOIN}):
            return None
        chosen = choice or chosen
        at += size
    return chosen


def _join_words(text: str) -> str:
    return " ".join(token.word for token in split_tokens(text) if token.is_alphanumeric)


def find_foreign_answer(text: str, *, known: int) -> str | None:
    """What is said to a message in another language, in that language. `known` is the number of
    its words that have a meaning in English."""
    languages = _read_languages()
    scripts = languages["scripts"]
    for character in text:
        script = unicodedata.name(character, "").split(" ")[0]
        if script in scripts:
            return str(scripts[script])
    words = [token.word for token in split_tokens(text) if token.is_alphanumeric]
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
