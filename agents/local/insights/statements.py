"""Knows a clause that states something, and asks for nothing, by its shape: somebody, or something
that is no figure, stands before a verb that is none of asking. Pure.

"The courier comes at 12", "I want to tidy up the range", "the list is too long".
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from agents.local.insights.lexicon import Role, read_data
from agents.local.insights.mentions import Mention
from agents.local.insights.ordinary_words import is_ordinary, is_verb

DETERMINERS = frozenset({
    "the", "a", "an", "my", "our", "his", "her", "their", "your", "this", "that", "some", "many",
    "most", "these", "those", "one", "every", "another", "both",
})  # fmt: skip
PERSONS = frozenset({
    "i", "we", "he", "she", "nobody", "everybody", "everyone", "somebody", "someone", "people",
})  # fmt: skip
THINGS = frozenset({"it", "this", "that", "they", "these", "those", "there"})
COPULAS = frozenset({
    "is", "are", "was", "were", "isn't", "aren't", "wasn't", "weren't", "looks", "look", "seems",
    "seem", "feels", "feel", "gets", "became", "becomes", "looked", "seemed",
})  # fmt: skip
AUXILIARIES = COPULAS | {
    "has", "have", "had", "will", "would", "can", "could", "does", "do", "did", "may", "might",
    "can't", "cannot", "couldn't", "won't", "wouldn't", "don't", "doesn't", "didn't", "hasn't",
    "haven't", "hadn't", "keeps", "keep", "just", "always", "never", "wants", "want", "needs",
    "need", "says", "say", "think", "complain", "claim", "believe", "ask", "came", "said",
    "wrote", "gave", "went", "thought",
}  # fmt: skip
"""Of a clause about somebody who is named by a noun, the first word behind that."""
DEGREES = frozenset({
    "too", "so", "very", "quite", "rather", "pretty", "bit", "really", "a", "somewhat", "fairly",
    "way", "far", "extremely", "more", "less", "that", "not",
})  # fmt: skip
"""Before a word that is not known, say that it tells how something is."""
MODALS = frozenset({"should", "must", "shall", "ought", "shouldn't", "mustn't"})
REQUESTING = frozenset({
    "want", "wants", "wanted", "need", "needs", "needed", "would", "like", "love", "prefer", "wish",
    "have", "has", "had", "got", "must",
})  # fmt: skip
"""What somebody would, may be to see figures, and may be to do something else."""
SEEING = frozenset({
    "see", "know", "find", "look", "get", "have", "hear", "learn", "understand", "compare",
    "count", "view", "check", "analyze", "analyse", "calculate", "measure", "read", "limit",
    "include", "exclude", "filter", "focus", "restrict", "narrow", "leave", "keep", "skip",
    "ignore", "add", "remove", "sort", "rank", "show", "list", "group", "break", "be",
})  # fmt: skip
""" "I want to see", "I need to exclude": what follows is asked for."""
SEEKING = frozenset({
    "looking", "interested", "mean", "meant", "asking", "ask", "curious", "wondering", "wonder",
    "talking", "care", "cares",
})  # fmt: skip
INTERROGATIVES = frozenset({"which", "what", "how", "why", "what's"})
POINTING = frozenset({"it", "this", "that", "them", "these", "those"})
RELATIVES = frozenset({"that", "which", "who", "whose", "where", "with", "without"})
"""Behind a noun, begin what belongs to it: "the orders that are"."""
ANAPHORIC = frozenset({"one", "ones", "those", "these", "only"})
FIGURES = (Role.METRIC, Role.DIMENSION, Role.DIMENSIONS, Role.SUPERLATIVE)
LIMITS = (Role.ONLY, Role.EXCLUDE, Role.INSTEAD_OF)
NEGATIONS = frozenset({"not", "no", "isn't", "aren't", "never"})
"""Leave out figures before a noun, and say no more of somebody than that he does not."""
MAX_NOUN = 6
"""Words before the verb, of somebody who is named by a noun."""
Words = Sequence[tuple[str, Mention]]


class Subject(StrEnum):
    PERSON = "person"
    THING = "thing"
    """What "it" and "those" stand for."""
    NOUN = "noun"


def is_stated(clause: Sequence[Mention]) -> bool:
    """Whether a clause says what somebody does, or what something is like, and asks for nothing.

    What it says is not all known: else it may be a part of the question.
    """
    words = split_words(clause)
    found = _find_subject(words)
    if found is None or not any(each.is_unknown or each.has(Role.GAP) for each in clause):
        return False
    subject, end = found
    rest = words[end:]
    if subject is Subject.THING:
        return _is_judgment(rest)
    if not rest or _asks_for_figures(rest):
        return False
    return subject is Subject.PERSON or _is_judgment(rest) or not _is_figure(words[:end])


def split_words(clause: Sequence[Mention]) -> Words:
    """The words without what only joins the clause to another, each with its mention."""
    words = [
        (word, each)
        for each in clause
        for word in _open_contraction(each.text.casefold().replace("\u2019", "'"))
        if any(map(str.isalnum, word))
    ]
    openers = read_data("talk.toml")["openers"]
    while words and words[0][0] in openers:
        del words[0]
    return words


def _open_contraction(text: str) -> Sequence[str]:
    """The words of a text, with "I'm" as two of them."""
    return [
        part
        for word in text.split()
        for part in (
            word.replace("'", " '").split()
            if word.split("'")[0] in PERSONS | THINGS
            else (word,)
        )
    ]


def _find_subject(words: Words) -> tuple[Subject, int] | None:
    """What a clause is about, with the place of its verb."""
    first = words[0][0] if words else ""
    if first in PERSONS:
        return Subject.PERSON, 1
    second = words[1][0] if len(words) > 1 else ""
    if first in THINGS and (second in COPULAS or second.startswith("'")):
        return Subject.THING, 1
    end = _find_verb(words)
    return None if end is None else (Subject.NOUN, end)


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
        is_other = mention.is_value or mention.has(*FIGURES) or mention.time
        if place >= begin and not is_other and _is_finite(word):
            return place
    return None


def _is_finite(word: str) -> bool:
    is_third_person = word.endswith("s") and is_verb(word)
    return word in AUXILIARIES or word in MODALS or is_third_person


def _is_figure(words: Words) -> bool:
    return any(
        each.has(*FIGURES, Role.METRIC_VERB) or each.is_value or each.time
        for _, each in words
    )


def _is_judgment(rest: Words) -> bool:
    """ "Is too long", "looks a bit odd": how something is, with nothing that is narrower."""
    if len(rest) < 2 or not (rest[0][0] in COPULAS or rest[0][0].startswith("'")):
        return False
    said = [
        each
        for (before, _), (_, each) in pairwise(rest)
        if not (before in DEGREES and each.is_unknown)
    ]
    return all(map(_is_of_judgment, said)) and not any(
        word in RELATIVES | ANAPHORIC | {"for", "from", "in", "by", "of"} for word, _ in rest
    )


def _is_of_judgment(mention: Mention) -> bool:
    if mention.is_value or mention.time or mention.number:
        return False
    if mention.is_unknown:
        return is_ordinary(mention.text)
    is_idle = mention.has(Role.FILLER, Role.HIGH, Role.LOW, Role.TALK, Role.ALSO)
    return is_idle or mention.text.casefold() in NEGATIONS


def _asks_for_figures(rest: Words) -> bool:
    """Whether what somebody does is to ask: "wants to see", "am looking for", "need the blue ones"."""
    said = [word for word, _ in rest]
    is_about_that = said[-1:] and said[-1] in POINTING and said[-2:-1] != ["of"]
    if not INTERROGATIVES.isdisjoint(said):
        return True
    if not SEEKING.isdisjoint(said[:3]) and not is_about_that:
        return True
    requests = [place for place, word in enumerate(said) if word in REQUESTING]
    for place in requests:
        behind = said[place + 1 :]
        if behind[:1] == ["to"]:
            if behind[1:2] and behind[1] in SEEING:
                return True
        elif _wants_noun(said[place], rest[place + 1 :]):
            return True
    return False


def _wants_noun(verb: str, behind: Words) -> bool:
    """Whether something is wanted that may be figures: not "I need it", "we need somebody at"."""
    if verb in {"have", "has", "had", "got", "must", "would"}:
        return False
    word = behind[0][0] if behind else ""
    return word not in REQUESTING | {"me", "us", "it", "them", "this", "someone", "somebody"}
