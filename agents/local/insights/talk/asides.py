"""Parts a question from the clauses around it that ask for nothing. Pure.

Talk that is known by its words (`talk.phrases`) says nothing. Another clause that asks for nothing
is left out, too, and named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.local.insights.talk.clause_kinds import (
    OPENERS,
    asks_something,
    is_idle_clause,
    is_praise,
    is_talk,
    tells_of_time,
)
from agents.local.insights.talk.references import (
    asks_analysis,
    list_called,
    names_figure,
    take_from_talk,
)
from agents.local.insights.talk.statements import DECIDING, is_stated, names_stranger
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary, is_quality, is_verb
from webapp.insights.query.values import MatchKind

CLAUSE_END = re.compile(r"[,;:.!?()\u2013\u2014]|\s-+\s")
ASKING = re.compile(
    r"(?i)\b(?:(?:can|could|would|will) (?:you|u|i|we)\b|gimme\b|lemme\b"
    r"|(?:show|give|tell|send|get|list) (?:me|us)\b|how (?:many|much)\b|which\b"
    r"|what(?:['\u2019]s| is| was| are| were| did| do)\b"
    r"|(?:so |and |but )?(?:i|we)(?:['\u2019]d| would)? (?:need|want|like|love)\b"
    r"|(?:so|and|but) (?:need|want|would like|would love|require)\b"
    r"|(?:so|and|but|because|as|since|cos) (?:that )?(?:i|we|he|she|they|my|our|nobody|everyone)"
    r"(?:['\u2019]\w+)?\b)"
)
"""Words that begin a clause without a sign before them."""
LEAD_TIME = re.compile(
    r"(?i)\b(?:suppl\w+|deliver\w*|vendors?|wholesalers?|manufacturers?|lead time|takes?"
    r"|arrives?)\b"
)
Clause = list[Mention]


@dataclass(frozen=True)
class PartedMentions:
    asked: Clause
    left_out: list[Clause]
    """What talk says that is not known, or would be a part of the question elsewhere."""
    telling: list[Mention]
    """What would be a part of a question, of all clauses (`list_telling`)."""
    is_talk: bool
    """Whether there is nothing but talk."""


def part_mentions(text: str, mentions: Sequence[Mention]) -> PartedMentions:
    clauses = [_drop_negation(each) for each in _split_clauses(text, mentions)]
    talk = [
        each
        for each in clauses
        if is_talk(each) and not _says_lead_time(each, mentions)
    ]
    said = [each for each in clauses if each not in talk and not is_idle_clause(each)]
    left_out = talk if any(map(asks_something, said)) else []
    asked = [
        each
        for clause in clauses
        if clause not in left_out and not (said and is_praise(clause))
        for each in clause
        if not each.has(Role.TALK)
    ]
    asked = take_from_talk(asked, left_out)
    while len(asked) > 1 and asked[0].text.casefold() in OPENERS - {"and", "but"}:
        del asked[0]
    telling = [each for clause in clauses for each in list_telling(clause)]
    return PartedMentions(asked, left_out, telling, bool(talk) and not said)


def _says_lead_time(clause: Clause, mentions: Sequence[Mention]) -> bool:
    """ "The wholesaler takes ten days", beside a question of what to reorder."""
    asks = asks_analysis(mentions, {"stock_outlook"})
    is_long = any(
        before.number is not None and after.has(Role.DIMENSIONS, Role.DIMENSION)
        for before, after in pairwise(clause)
    )
    return asks and is_long and any(LEAD_TIME.search(each.text) for each in clause)


def list_telling(clause: Sequence[Mention]) -> list[Mention]:
    """What would be a part of a question, or is not known and may narrow one, so that it is named.

    What somebody does who asks narrows nothing, whatever it is.
    """
    is_idle = (is_stated(clause) or tells_of_time(clause)) and not (
        names_stranger(clause) or any(each.has(Role.ONLY) for each in clause)
    )
    called = list_called(clause)
    return [
        each
        for each in clause
        if each.time is not None
        or (
            each.is_value
            and not (is_idle and _is_by_chance(each))
            and _is_name(each, called)
        )
        or (is_idle and names_figure(each))
        or (
            each.is_unknown
            and not (
                (is_idle and not _is_object(clause, each))
                or called
                or _is_behind_talk(clause, each)
            )
        )
    ]


def _is_name(mention: Mention, called: Sequence[Mention]) -> bool:
    """Whether a name is what it is about: "a title called “Returns” in our poetry section"."""
    return not called or mention in called


def _is_behind_talk(clause: Sequence[Mention], mention: Mention) -> bool:
    """ "Updating the website footer": the rest of a noun that is talk."""
    place = clause.index(mention)
    return place > 0 and clause[place - 1].has(Role.TALK) and is_ordinary(mention.text)


def _is_object(clause: Sequence[Mention], mention: Mention) -> bool:
    """ "Working with wholesale": what somebody has to do with may be whose figures are wanted."""
    place = clause.index(mention)
    return (
        place > 0
        and mention is clause[-1]
        and clause[place - 1].word in {"with", "in"}
        and place == 2
    )


def _is_by_chance(mention: Mention) -> bool:
    """Whether a name is written as a word of what somebody does: "new", "set"."""
    is_part = all(each.kind is MatchKind.PART for each in mention.values)
    return is_quality(mention.text) or (is_part and is_verb(mention.text))


def _split_clauses(text: str, mentions: Sequence[Mention]) -> Iterator[Clause]:
    begins = {match.start() for match in ASKING.finditer(text)}
    clause = list(mentions[:1])
    for before, after in pairwise(mentions):
        # A comma is a mention, as it may join the names of a list.
        between = text[before.end : max(after.start, before.end + 1)]
        # "To decide which ones to buy" is one clause.
        begins_here = after.start in begins and before.text.casefold() not in DECIDING
        if begins_here or CLAUSE_END.search(between):
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
