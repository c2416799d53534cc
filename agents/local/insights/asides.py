"""Parts a question from the clauses around it that ask for nothing. Pure.

Talk that is known by its words (`talk`) says nothing. Another clause that asks for nothing is left
out, too, and named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention
from agents.local.insights.ordinary_words import is_ordinary
from agents.local.insights.talk import OPINION, is_somebody

CLAUSE_END = re.compile(r"[,;:.!?()\u2013\u2014]|\s-+\s")
ASKING = re.compile(
    r"(?i)\b(?:(?:can|could|would|will) (?:you|u|i|we)\b|gimme\b|lemme\b"
    r"|(?:show|give|tell|send|get|list) (?:me|us)\b|how (?:many|much)\b|which\b"
    r"|what(?:['\u2019]s| is| was| are| were| did| do)\b"
    r"|(?:so |and |but )?(?:i|we)(?:['\u2019]d| would)? (?:need|want|like|love)\b)"
)
"""Words that begin a question without a sign before them."""
OPENERS = frozenset({
    ",", "so", "hi", "hello", "hey", "ok", "okay", "well", "right", "dear", "please", "yeah",
    "but", "and",
})  # fmt: skip
"""May stand before what a clause is about."""
CONJUNCTIONS = frozenset({
    "because", "as", "since", "before", "after", "while", "although", "though", "now that",
    "that",
})  # fmt: skip
WANTING = frozenset({
    "want", "wanted", "need", "would", "like", "love", "see", "know", "interested", "looking",
    "prefer", "wish", "show", "give", "tell", "get", "count", "mean", "meant", "about",
    "compare",
})  # fmt: skip
"""Words of asking: what stands in their clause is asked for."""
SUBJECTS = frozenset({
    "i", "i'm", "im", "i've", "i'd", "i'll", "my", "he", "he's", "she", "she's", "it", "it's",
    "its", "this", "that", "that's", "there's", "we", "we're", "we've", "we'd", "we'll",
    "they", "they're", "they've", "you", "you're", "you've", "nobody", "everybody", "everyone",
    "somebody", "someone", "let's",
})  # fmt: skip
PREPOSITIONS = frozenset({
    "by", "in", "from", "near", "with", "without", "of", "for", "at", "to", "on", "per",
    "around", "via",
})  # fmt: skip
"""Before words that are not known, say that these narrow the figures."""
IDLE = (
    Role.FILLER, Role.JOIN, Role.ALSO, Role.AGAIN, Role.YES, Role.ANAPHOR, Role.TALK, Role.HIGH,
    Role.LOW, Role.OVERVIEW, Role.EVERY_VALUE, Role.CHART,
)  # fmt: skip
"""Of words that are in questions, too, and ask for nothing by themselves."""
NARROWING = (Role.ONLY, Role.EXCLUDE, Role.BY, Role.INSTEAD_OF)
FIGURES = (Role.METRIC, Role.METRIC_VERB)
Clause = list[Mention]


@dataclass(frozen=True)
class PartedMentions:
    asked: Clause
    left_out: list[Clause]
    """What talk says that is not known, or would be a part of the question elsewhere."""
    is_talk: bool
    """Whether there is nothing but talk."""


def part_mentions(text: str, mentions: Sequence[Mention]) -> PartedMentions:
    clauses = [_drop_negation(each) for each in _split_clauses(text, mentions)]
    is_talk = all(map(_is_talk, clauses)) if mentions else False
    asks = any(each.has(*FIGURES) for c in clauses if not _is_talk(c) for each in c)
    left_out = [each for each in clauses if asks and _is_talk(each)]
    asked = [
        each
        for clause in clauses
        if clause not in left_out
        for each in clause
        if not each.has(Role.TALK)
    ]
    while len(asked) > 1 and asked[0].text.casefold() in OPENERS - {"and", "but"}:
        del asked[0]
    return PartedMentions(asked, left_out, is_talk)


def says_something(mention: Mention) -> bool:
    """Whether it would be a part of a question, or is not known, so that it is named."""
    is_part = mention.time is not None or mention.is_value
    return is_part or mention.is_unknown


def _split_clauses(text: str, mentions: Sequence[Mention]) -> Iterator[Clause]:
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


def _drop_negation(clause: Clause) -> Clause:
    """ "Not urgent" leaves out no figure behind it."""
    kept: Clause = []
    is_before_talk = False
    for mention in reversed(clause):
        if not (is_before_talk and mention.has(Role.EXCLUDE, Role.NEVER)):
            kept.insert(0, mention)
        is_idle = is_before_talk and mention.has(Role.FILLER)
        is_before_talk = mention.has(Role.TALK) or is_idle
    return kept


def _is_talk(clause: Clause) -> bool:
    return _is_opinion(clause) or _is_statement(clause) or _is_phrase(clause)


def _is_opinion(clause: Clause) -> bool:
    """What somebody thinks of the figures."""
    return any(
        meaning.role is Role.TALK and meaning.name == OPINION
        for each in clause
        for meaning in each.meanings
    )


def _is_statement(clause: Clause) -> bool:
    """ "I run a small shop in Leeds": somebody does something that is not known, and nothing is
    asked for."""
    words = [word for each in clause for word in each.text.casefold().split()]
    while words and words[0] in OPENERS:
        del words[0]
    if words and words[0] in CONJUNCTIONS:
        del words[0]
    is_about = bool(words) and (words[0] in SUBJECTS or is_somebody(words))
    is_known = not any(each.is_unknown for each in clause)
    return is_about and not is_known and WANTING.isdisjoint(words)


def _is_phrase(clause: Clause) -> bool:
    """ "Quick sanity check": ordinary words that narrow nothing."""
    said = [each for each in clause if each.text.casefold() not in OPENERS]
    unknown = [each for each in said if each.is_unknown]
    if not unknown or len(said) < 2 or said[0].text.casefold() in PREPOSITIONS:
        return False
    words = {word for each in said for word in each.text.casefold().split()}
    return (
        WANTING.isdisjoint(words)
        and all(is_ordinary(each.text) for each in unknown)
        and all(each.is_unknown or _is_idle(each) for each in said)
    )


def _is_idle(mention: Mention) -> bool:
    if mention.time or mention.values or mention.number or mention.average:
        return False
    return mention.has(*IDLE) and (
        mention.has(Role.FILLER) or not mention.has(*NARROWING)
    )
