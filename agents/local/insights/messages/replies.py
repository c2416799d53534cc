"""Understands short replies: yes to an offer, "both", "the other one", "the first one". Pure."""

import re
from collections.abc import Sequence

from agents.local.insights.edits.phrases import find_edits
from agents.local.insights.messages.small_talk import join_words, split_words
from agents.local.insights.question.value_filters import SUMMED
from agents.local.insights.words.lexicon import Role, load_lexicon
from agents.local.language.tokens import Token

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
    r"(?:(?:and|now|then|so|ok|okay|show|give|me|us|can|could|you|i|see|let|go|switch|back|to"
    r"|what|how|about|with|for|once|more|again|please|have|a|look|at|return) )*"
    r"(?:the (?P<first>first|initial|original) (?:one|figures?|numbers?|table|list|view|question"
    r"|result|results|query|categor\w*|countr\w*|product|brand)"
    r"|the (?:other|previous|former|earlier|prior|preceding) "
    r"(?:categor|countr|product|brand|state|region|item|article|market|name|figure)\w*"
    r"|the other(?: one)?)"
    r"(?: (?:again|please|instead|then|once|more|now|thanks))*"
)
""" "Show me the previous category again": what was asked before the last one."""
TOTALS = frozenset({"total", "sum", "added", "summed", "totaled", "totalled"})


def is_agreeing(text: str) -> bool:
    """Whether a message only says yes, to an answer without words that are not known: "yes please,
    leave it out"."""
    tokens = split_words(text)
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
    if OTHER_ONE.fullmatch(join_words(text)) or is_first(text):
        return True
    if not TOTALS.isdisjoint(join_words(text).split()):
        return False
    tokens = split_words(text)
    sums = any(each.meaning.role is Role.SUM_UP for each in find_edits(tokens))
    return not sums and _find_choice(tokens) is not None


def is_first(text: str) -> bool:
    """Whether it is the first figures of all that are wanted again."""
    found = OTHER_ONE.fullmatch(join_words(text))
    return found is not None and found["first"] is not None


def is_of_both(text: str) -> bool:
    """Whether a message that is a choice is of both."""
    tokens = split_words(text)
    return _find_choice(tokens) is Role.BOTH


def is_sum(text: str) -> bool:
    """Whether both are wanted in one figure."""
    return not SUMMED.isdisjoint(join_words(text).split())


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
