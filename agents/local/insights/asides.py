"""Parts a question from the clauses around it that ask for nothing. Pure.

Talk that is known by its words (`talk`) says nothing. Of another clause without anything that a shop
can be asked for, the words that are not known are left over, to be named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention
from agents.local.insights.ordinary_words import is_ordinary
from agents.local.insights.talk import OPINION
from webapp.insights.query.definitions import PERIODS

CLAUSE_END = re.compile(r"[,;:.!?()\u2013\u2014]|\s-+\s")
ASKING = re.compile(
    r"(?i)\b(?:(?:can|could|would|will) (?:you|u|i|we)\b|(?:show|give|tell|send|get|list) (?:me|us)\b"
    r"|gimme\b|lemme\b|how (?:many|much)\b|which\b|what(?:['\u2019]s| is| was| are| were| did| do)\b)"
)
"""Words that begin a question without a sign before them."""
OPENERS = frozenset({
    ",", "so", "hi", "hello", "hey", "ok", "okay", "well", "right", "dear", "please", "yeah",
})  # fmt: skip
WANTING = frozenset({
    "want", "wanted", "need", "would", "like", "love", "see", "know", "interested", "looking", "prefer",
    "wish", "show", "give", "tell", "get", "count", "mean", "meant",
})  # fmt: skip
"""Verbs of asking: what stands in their clause is asked for."""
ONE_PERSON = frozenset({
    "i", "i'm", "im", "i've", "i'd", "i'll", "my", "he", "he's", "she", "she's", "it", "it's", "its", "this",
    "that", "that's", "there's", "there",
})  # fmt: skip
"""Who does nothing that figures are about: what they make and take is no revenue."""
SUBJECTS = ONE_PERSON | {
    "we", "we're", "we've", "we'd", "we'll", "they", "they're", "they've", "you", "you're", "you've", "nobody",
    "everybody", "everyone", "somebody", "someone", "because", "as", "since",
}  # fmt: skip
IDLE = (
    Role.FILLER, Role.JOIN, Role.ALSO, Role.AGAIN, Role.YES, Role.ANAPHOR, Role.TALK, Role.HIGH,
    Role.LOW, Role.OVERVIEW, Role.EVERY_VALUE, Role.CHART,
)  # fmt: skip
NARROWING = (Role.ONLY, Role.EXCLUDE, Role.BY, Role.INSTEAD_OF)
FIGURES = (
    Role.METRIC, Role.METRIC_VERB, Role.SUPERLATIVE, Role.ANALYSIS, Role.BY, Role.OVERVIEW,
)  # fmt: skip


@dataclass(frozen=True)
class PartedMentions:
    asked: list[Mention]
    left_out: list[Mention]
    """What is not known of the talk, and its times and names, which are no part of the question."""
    is_talk: bool
    """Whether there is nothing but talk, of which words are not known."""


def part_mentions(text: str, mentions: Sequence[Mention]) -> PartedMentions:
    clauses = list(_split_clauses(text, mentions))
    asks = any(not _is_opinion(each) and _names_figures(each) for each in clauses)
    asked: list[Mention] = []
    left_out: list[Mention] = []
    for clause in clauses:
        if asks and _is_opinion(clause):
            left_out += [each for each in clause if each.time or each.is_value]
        elif asks and _is_statement(clause):
            left_out += [each for each in clause if each.is_unknown]
        else:
            asked += [each for each in clause if not each.has(Role.TALK)]
    while len(asked) > 1 and asked[0].text.casefold() in OPENERS:
        del asked[0]
    return PartedMentions(asked, left_out, _is_mere_talk(asked))


def _split_clauses(text: str, mentions: Sequence[Mention]) -> Iterator[list[Mention]]:
    begins = {match.start() for match in ASKING.finditer(text)}
    clause = list(mentions[:1])
    for before, after in pairwise(mentions):
        # A comma is a mention, as it may join the names of a list.
        between = text[before.end : max(after.start, before.end + 1)]
        if after.start in begins or CLAUSE_END.search(between):
            yield clause
            clause = []
        clause.append(after)
    yield clause


def _is_opinion(clause: Sequence[Mention]) -> bool:
    """Whether it is what somebody thinks of the figures."""
    return any(
        meaning.role is Role.TALK and meaning.name == OPINION
        for each in clause
        for meaning in each.meanings
    )


def _names_figures(clause: Sequence[Mention]) -> bool:
    return any(each.has(*FIGURES) for each in clause)


def _is_statement(clause: Sequence[Mention]) -> bool:
    """ "I run a small shop in Leeds": somebody does something, and nothing is asked for."""
    words = [each.text.casefold() for each in clause if not each.has(Role.JOIN)]
    first = next((word for word in words if word not in OPENERS), "").split(" ")[0]
    wants = any(not WANTING.isdisjoint(word.split()) for word in words)
    if first not in SUBJECTS or wants or not any(each.is_unknown for each in clause):
        return False
    return all(_is_idle(each, of_one=first in ONE_PERSON) for each in clause)


def _is_idle(mention: Mention, *, of_one: bool) -> bool:
    """Whether a word is in questions, too, and asks for nothing by itself."""
    if mention.time or mention.values or mention.number or mention.average:
        return False
    if mention.is_unknown:
        return True
    if mention.has(*NARROWING) and not mention.has(Role.FILLER):
        return False
    is_length = any(each.name in PERIODS for each in mention.meanings)
    is_own = mention.has(Role.METRIC_VERB) or (
        mention.has(Role.DIMENSION) and is_length
    )
    return mention.has(*IDLE) or (of_one and is_own)


def _is_mere_talk(mentions: Sequence[Mention]) -> bool:
    """Of a sentence: a statement, or ordinary words that do not follow on what was asked."""
    unknown = [each for each in mentions if each.is_unknown]
    if not unknown:
        return False
    begins = mentions[0].has(*NARROWING, Role.AGAIN, Role.ALSO, Role.JOIN)
    is_ordinary_talk = (
        not begins
        and all(is_ordinary(each.text) for each in unknown)
        and all(_is_idle(each, of_one=False) for each in mentions)
    )
    return is_ordinary_talk or _is_statement(mentions)
