"""Finds what a clause is about: who does something, or what is something, and its verb. Pure."""

from enum import StrEnum

from agents.local.insights.talk.clause_words import (
    COPULAS,
    DENIALS,
    DETERMINERS,
    FIGURES,
    INTERROGATIVES,
    PERSONS,
    REQUESTING,
    SEEING,
    THINGS,
    Words,
)
from agents.local.insights.talk.commands import is_busy
from agents.local.insights.talk.doubts import is_doubt
from agents.local.insights.talk.phrases import is_somebody
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary, is_verb

ANYTHINGS = frozenset(
    {"something", "anything", "everything", "nothing", "things", "all"}
)
BUSY = frozenset({
    "thinking", "trying", "planning", "preparing", "considering", "hoping", "deciding", "debating",
    "working", "writing", "arguing", "negotiating", "talking", "meeting", "wanting", "fearing",
    "guessing", "worrying", "struggling", "prepping", "tidying", "organizing", "organising",
})  # fmt: skip
"""Without "I'm" before it: "thinking of a sale"."""
WANTED_FOR = frozenset(
    {"it", "this", "that", "them", "these", "those", "one", "everything"}
)
AUXILIARIES = COPULAS | {
    "has", "have", "had", "will", "would", "can", "could", "does", "do", "did", "may", "might",
    "can't", "cannot", "couldn't", "won't", "wouldn't", "don't", "doesn't", "didn't", "hasn't",
    "haven't", "hadn't", "keeps", "keep", "just", "always", "never", "wants", "want", "needs",
    "need", "says", "say", "think", "complain", "claim", "believe", "ask", "came", "said",
    "wrote", "gave", "went", "thought",
}  # fmt: skip
"""Of a clause about somebody who is named by a noun, the first word behind that."""
OF_GOODS = frozenset({
    "sells", "sell", "buys", "buy", "needs", "need", "wants", "want", "includes", "include",
    "contains", "contain", "comes", "come", "costs", "cost", "belongs", "belong", "has", "have",
    "is", "are", "ships", "ship", "shows", "show", "means", "mean", "counts", "count", "starts",
    "start", "ends", "end", "covers", "cover", "excludes", "exclude", "ordered", "bought", "paid",
    "pay", "pays",
})  # fmt: skip
"""What goods, customers and figures do, which may narrow them."""
MODALS = frozenset({"should", "must", "shall", "ought", "shouldn't", "mustn't"})
RELATIVES = frozenset({"that", "which", "who", "whose", "where", "with", "without"})
"""Behind a noun, begin what belongs to it: "the orders that are"."""
MAX_NOUN = 8
"""Words before the verb, of somebody who is named by a noun."""


class Subject(StrEnum):
    PERSON = "person"
    NAME = "name"
    """Something of the shop: "Nine Symphonies always wins because of its price"."""
    THING = "thing"
    """What "it" and "those" stand for."""
    NOUN = "noun"


def find_subject(words: Words) -> tuple[Subject, int] | None:
    """What a clause is about, with the place of its verb."""
    first, second = ([word for word, _ in words[:2]] + ["", ""])[:2]
    if first in PERSONS or _has_purpose(words):
        return Subject.PERSON, 1
    is_wanted_for = first in REQUESTING and second in WANTED_FOR
    if first in BUSY or is_wanted_for or is_busy(words):
        return Subject.PERSON, 0
    is_thing = second in COPULAS | DENIALS or second.startswith("'")
    if first in THINGS and (is_thing or does_something(words)):
        return Subject.THING, 1
    return _find_noun(words)


def _find_noun(words: Words) -> tuple[Subject, int] | None:
    """Something that is named or stands behind "the" or "my", with the place of its verb."""
    if (place := _find_verb_of_name(words)) is not None:
        return Subject.NAME, place
    first, second = ([word for word, _ in words[:2]] + ["", ""])[:2]
    is_anything = first in ANYTHINGS and (second in COPULAS or is_verb(second))
    end = 1 if is_anything else _find_verb(words) or _find_deed(words)
    return None if end is None else (Subject.NOUN, end)


def does_something(words: Words) -> bool:
    """ "It goes straight to the tax office", "they won't stop calling": what a thing does that has
    nothing to do with figures."""
    rest = words[2:] if words[1:2] and words[1][0] in DENIALS else words[1:]
    if not rest or not is_verb(rest[0][0]) or rest[0][0] in COPULAS | OF_GOODS:
        return False
    is_third_person = rest[0][0].endswith("s") and not rest[0][0].endswith("ss")
    is_denied = len(rest) < len(words[1:])
    return (
        (is_third_person or is_denied or words[0][0] in {"they", "these", "those"})
        and rest[0][1].is_unknown
        and all(map(is_free_of_figures, rest[1:]))
    )


def is_free_of_figures(word: tuple[str, Mention]) -> bool:
    """Whether a word narrows nothing; a figure that somebody needs tells what for."""
    said, mention = word
    if mention.is_value or mention.time or mention.number or mention.average:
        return False
    if mention.is_unknown:
        return is_ordinary(said)
    return not mention.has(Role.ONLY, Role.EXCLUDE, Role.BY, Role.SUPERLATIVE, Role.GAP)


def _has_purpose(words: Words) -> bool:
    if len(words) < 3:
        return False
    first = words[0][0]
    doubts = first == "to" and is_doubt(words)
    return doubts or (first in {"to", "for"} and _is_purpose(words[1]))


def _is_purpose(verb: tuple[str, Mention]) -> bool:
    """ "To tidy up", "for staffing the office"; "for buying customers" are some of them."""
    word, mention = verb
    is_other = word in SEEING or mention.has(*FIGURES, Role.ANALYSIS)
    is_doing = mention.is_unknown and word.endswith("ing")
    return (is_verb(word) or is_doing) and not is_other


def _find_verb(words: Words) -> int | None:
    """The place of the verb behind a noun: "my boss claims", "numbers are"."""
    first = words[0][0] if words else ""
    is_plural = first.endswith("s") and len(first) > 3
    if first not in DETERMINERS and not is_plural:
        return None
    begin = 2 if first in DETERMINERS else 1
    for place, (word, mention) in enumerate(words[1:MAX_NOUN], 1):
        if word in RELATIVES | INTERROGATIVES:
            return None
        is_name = mention.is_value and not (mention.is_part and is_verb(word))
        is_other = is_name or mention.has(*FIGURES) or mention.time
        after = words[place + 1][0] if place + 1 < len(words) else ""
        if place >= begin and not is_other and _is_finite(word, after):
            return place
    return None


def _find_verb_of_name(words: Words) -> int | None:
    """The place of the verb behind a name that is known, where that is none of a figure and the
    clause asks for nothing: "Nine Symphonies costs so much that it distorts everything"."""
    named = [place for place, (_, each) in enumerate(words[:4]) if each.values]
    if not named or any(word not in DETERMINERS for word, _ in words[: named[0]]):
        return None
    for place in range(named[-1] + 1, min(named[-1] + 4, len(words))):
        word, mention = words[place]
        is_other = mention.has(*FIGURES) or mention.time is not None
        if is_other or word in RELATIVES | INTERROGATIVES:
            return None
        is_free = mention.is_unknown or mention.has(Role.GAP)
        if word in DENIALS or (is_free and word.endswith("s") and is_verb(word)):
            return place
    return None


def _find_deed(words: Words) -> int | None:
    """The place of the verb behind somebody who did something: "the bank called"."""
    said = [word for word, _ in words]
    if len(said) < 3 or not is_somebody(said):
        return None
    return next(
        (
            place
            for place, (word, each) in enumerate(words[2:5], 2)
            if is_verb(word) and each.is_unknown and not is_verb(said[place - 1])
        ),
        None,
    )


def _is_finite(word: str, after: str) -> bool:
    """Whether a word behind a noun is what that does; "raised", where what is raised follows."""
    is_third_person = word.endswith("s") and is_verb(word)
    has_object = after in DETERMINERS | {"me", "us", "him", "them", "it"}
    is_done = has_object and is_verb(word)
    return word in AUXILIARIES or word in MODALS or is_third_person or is_done
