"""Knows a clause that states something, and asks for nothing, by its shape: somebody, or something
that is no figure, stands before a verb that is none of asking. Pure.

"The bank closes at 12", "I want to tidy up the range", "the list is too long".
"""

from collections.abc import Sequence
from itertools import pairwise

from agents.local.insights.talk.clause_words import (
    COPULAS,
    DENIALS,
    DETERMINERS,
    FIGURES,
    INTERROGATIVES,
    PEOPLE,
    PERSONS,
    REQUESTING,
    SEEING,
    THINGS,
    Words,
)
from agents.local.insights.talk.commands import is_idle_command
from agents.local.insights.talk.doubts import DOUBTING, is_doubt
from agents.local.insights.talk.subjects import (
    RELATIVES,
    Subject,
    does_something,
    find_subject,
    is_free_of_figures,
)
from agents.local.insights.words.lexicon import Role, read_data
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary

SEEMING = frozenset(
    {"be", "seem", "look", "sound", "feel", "make", "fit", "add", "help", "work"}
)
""" "That can't be right", "it doesn't look normal"."""
DEGREES = frozenset({
    "too", "so", "very", "quite", "rather", "pretty", "bit", "really", "a", "somewhat", "fairly",
    "way", "far", "extremely", "more", "less", "that", "not",
})  # fmt: skip
"""Before a word that is not known, say that it tells how something is."""
OWNERS = frozenset({"my", "our", "your", "me", "us", "the", "a", "an", "here"})
""" "Too long for my slide": behind a preposition, say that it narrows nothing."""
PREFIXES = (("in", "order"), ("so", "as"), ("to", "be", "able"))
"""Before "to", say no more than that does."""
SEEKING = frozenset({
    "looking", "interested", "mean", "meant", "asking", "ask", "curious", "wondering", "wonder",
    "care", "cares",
})  # fmt: skip
TALKING = ("talking", "about")
POINTING = frozenset({"it", "this", "that", "them", "these", "those"})
PRONOUNS = frozenset({"me", "us", "it", "them", "this", "someone", "somebody"})
DECIDING = frozenset({
    "decide", "deciding", "decided", "choose", "choosing", "plan", "planning", "think", "thinking",
    "discuss", "discussing", "agree", "argue", "arguing", "debating", "wonder", "wondering",
})  # fmt: skip
""" "To decide which ones to buy": what is decided is not asked."""
ANAPHORIC = frozenset({"one", "ones", "those", "these", "only"})
ASKING = (
    Role.METRIC, Role.SUPERLATIVE, Role.ANALYSIS, Role.BY, Role.BREAKDOWN, Role.CHART, Role.SORT,
    Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.SHARE, Role.COMPARE, Role.METRIC_VERB,
    Role.CHANGE, Role.RISE, Role.FALL, Role.TREND,
)  # fmt: skip
CHANGING = frozenset({
    "changed", "moved", "raised", "lowered", "increased", "improved", "dropped", "cut", "added",
    "updated", "redesigned", "rebuilt", "switched", "renamed", "fixed", "reduced", "shifted",
})  # fmt: skip
SELLING = frozenset(
    {"sells", "doesn't", "earns", "brings", "makes", "moves", "loses", "carries"}
)
""" "Garden sells, Kitchen doesn't"."""
NEGATIONS = frozenset({"not", "no", "isn't", "aren't", "never"})
"""Leave out figures before a noun, and say no more of somebody than that he does not."""


def is_stated(clause: Sequence[Mention]) -> bool:
    """Whether a clause says what somebody does, or what something is like, and asks for nothing.

    Where all its words are known, and one is a figure, it may be a part of the question.
    """
    words = split_words(clause)
    asks = any(each.has(Role.METRIC, Role.HOW_MANY, Role.WHICH) for each in clause)
    if is_idle_command(words) or (_looks_to_do(words) and not asks):
        return True
    found = find_subject(words)
    if found is None:
        return False
    subject, end = found
    rest = words[end:]
    if _is_known(clause) and any(map(_names_figures, clause)):
        return _is_condition(rest, subject)
    leaves_out = (
        any(map(_leaves_out, clause)) and not _decides_something(words)
    ) or not rest
    return is_doubt(words) or (not leaves_out and _is_said_of(words, subject, end))


def _looks_to_do(words: Words) -> bool:
    """ "Looking to restock": what somebody is about to do."""
    said = [word for word, _ in words]
    places = [n for n, word in enumerate(said[:3]) if word == "looking"]
    behind = said[places[0] + 1 : places[0] + 3] if places else []
    return behind[:1] == ["to"] and len(behind) == 2 and behind[1] not in SEEING


def _decides_something(words: Words) -> bool:
    """ "I'm thinking about what to drop": what is left out is not known yet."""
    said = [word for word, _ in words]
    asked = [
        place for place, word in enumerate(said) if word in INTERROGATIVES | DOUBTING
    ]
    return bool(asked) and not DECIDING.isdisjoint(said[: asked[0]])


def _is_said_of(words: Words, subject: Subject, end: int) -> bool:
    rest = words[end:]
    if subject is Subject.THING:
        return _is_judgment(rest) or does_something(words)
    if subject is Subject.NAME:
        return not any(_names_figures(each) or each.time for _, each in rest)
    is_about_figures = (
        subject is Subject.NOUN and _is_figure(words[:end]) and not _is_person_of(words)
    )
    return not _asks_for_figures(rest, subject) and (
        not is_about_figures or _is_judgment(rest)
    )


def _is_person_of(words: Words) -> bool:
    """ "The publisher of Total Control": somebody, and no figure of it."""
    said = [word for word, _ in words[:3]]
    talk = read_data("talk.toml")
    return said[2:] == ["of"] and said[1] in {*talk["people"], *talk["third_parties"]}


def _is_condition(rest: Words, subject: Subject) -> bool:
    """ "I was off that day", "it doesn't look normal": whatever "off" and "normal" are of figures,
    these are about somebody, and point at what was shown."""
    verb = rest[0][0] if rest else ""
    is_one = subject is Subject.PERSON and verb in {"was", "were"}
    is_denied = subject is not Subject.NOUN and verb in DENIALS
    names = (Role.ANALYSIS, Role.FILLER, Role.DIMENSION)
    if subject is Subject.PERSON and verb in CHANGING and rest[1:]:
        # "We changed the search box in October".
        asked = (Role.HOW_MANY, Role.HOW_MUCH, Role.WHICH, Role.BY, Role.METRIC)
        is_idle = not any(
            each.has(*asked) or (each.values and not each.is_part) for _, each in rest
        )
        return rest[1][0] in DETERMINERS and is_idle
    return (is_one or is_denied) and all(each.has(*names) for _, each in rest[1:])


def names_stranger(clause: Sequence[Mention]) -> bool:
    """Whether it is about something with a name that is not known: "the Frobnicator sells well"."""
    words = split_words(clause)
    found = find_subject(words)
    return found is not None and any(
        each.is_unknown and each.text[:1].isupper() and place
        for place, (_, each) in enumerate(words[: found[1]])
    )


def _leaves_out(mention: Mention) -> bool:
    is_denial = mention.text.casefold() in NEGATIONS
    return mention.has(Role.EXCLUDE, Role.INSTEAD_OF) and not (
        is_denial or mention.has(Role.TALK)
    )


def _is_known(clause: Sequence[Mention]) -> bool:
    return not any(each.is_unknown or each.has(Role.GAP) for each in clause)


def _names_figures(mention: Mention) -> bool:
    """Whether it is a part of a question wherever it stands; people who do something are none."""
    return mention.average is not None or any(
        each.role in ASKING and each.name != "customers" for each in mention.meanings
    )


def is_claimed(clause: Sequence[Mention]) -> bool:
    """Whether a sentence says of figures, of a time or of something with a name what they are: "May
    was our best month", "refunds look high". It may be what a question is about."""
    words = split_words(clause)
    said = [word for word, _ in words]
    places = [n for n, word in enumerate(said) if word in COPULAS | SELLING]
    asks = not INTERROGATIVES.isdisjoint(said) or any(
        each.has(Role.ONLY, Role.WHICH) or _leaves_out(each) for each in clause
    )
    return (
        bool(places) and places[0] > 0 and not asks and _is_figure(words[: places[0]])
    )


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
    for prefix in PREFIXES:
        if [word for word, _ in words[: len(prefix)]] == list(prefix):
            del words[: len(prefix)]
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


def _is_figure(words: Words) -> bool:
    return any(
        each.is_value
        or each.time is not None
        or any(
            meaning.role in FIGURES and meaning.name not in PEOPLE
            for meaning in each.meanings
        )
        for _, each in words
    )


def _is_judgment(rest: Words) -> bool:
    """ "Is too long", "looks a bit odd": how something is, with nothing that is narrower."""
    if len(rest) < 2:
        return False
    first, second = rest[0][0], rest[1][0]
    is_denied = first in DENIALS and second in SEEMING
    if not (is_denied or first in COPULAS or first.startswith("'")):
        return False
    said = [
        each
        for (before, _), (_, each) in pairwise(rest)
        if not (before in DEGREES and each.is_unknown)
    ]
    if second in {"a", "an", "such"} and said and said[-1].has(Role.DIMENSION):
        del said[-1]  # "It was a slow month."
    return all(map(_is_of_judgment, said)) and not any(
        word in RELATIVES | ANAPHORIC
        or (word in {"for", "from", "in", "by", "of"} and after not in OWNERS)
        for (word, each), (after, _) in pairwise([*rest, ("", rest[-1][1])])
        if not each.has(Role.TALK)
    )


def _is_of_judgment(mention: Mention) -> bool:
    if mention.is_value or mention.time or mention.number:
        return False
    if mention.is_unknown:
        return is_ordinary(mention.text)
    is_idle = mention.has(
        Role.FILLER, Role.HIGH, Role.LOW, Role.TALK, Role.ALSO, Role.LATELY
    )
    return is_idle or mention.text.casefold() in NEGATIONS


def _asks_for_figures(rest: Words, subject: Subject) -> bool:
    """Whether what somebody does is to ask: "wants to see", "need the new ones"."""
    said = [word for word, _ in rest]
    is_about_that = said[-1:] and said[-1] in POINTING and said[-2:-1] != ["of"]
    asked = [place for place, word in enumerate(said) if word in INTERROGATIVES]
    if asked and DECIDING.isdisjoint(said[: asked[0]]):
        return True
    is_past = said[:1] in (["was"], ["were"]) and said[2:3] in (
        ["at"],
        ["through"],
        ["over"],
    )
    is_bare = said[-1:] and said[-1] in SEEKING  # "Since you ask", "stops asking".
    is_idle = is_about_that or is_past or is_bare or _looks_for_something(rest)
    if not SEEKING.isdisjoint(said[:3]) and not is_idle:
        return True
    if TALKING in pairwise(said[:4]):
        return True
    return any(
        _requests_figures(rest[place:], subject)
        for place, word in enumerate(said)
        if word in REQUESTING
    )


def _looks_for_something(rest: Words) -> bool:
    """ "I'm looking for a quiet day for stocktaking": a figure is none of it."""
    said = [word for word, _ in rest]
    place = said.index("looking") if "looking" in said else len(said)
    if said[place + 1 : place + 2] != ["for"] or said[place + 2 : place + 3] not in (
        ["a"], ["an"], ["some"], ["something"], ["someone"],
    ):  # fmt: skip
        return False
    return not {"of", "by", "with"} & set(said) and all(
        is_free_of_figures(each) and not each[1].has(Role.METRIC, Role.ANALYSIS)
        for each in rest[place:]
    )


def _requests_figures(rest: Words, subject: Subject) -> bool:
    """Whether what follows a verb of wanting may be figures: not "I need it", "want to tidy up"."""
    verb, *behind = [word for word, _ in rest]
    if behind[:1] == ["to"]:
        return bool(behind[1:2]) and behind[1] in SEEING
    if verb in {"have", "has", "had", "got", "must", "would"} or not behind:
        return False
    if subject is Subject.NOUN:
        nouns = [each for word, each in rest[1:] if word not in DETERMINERS]
        if nouns and nouns[0].has(Role.FILLER):
            return any(map(_names_figures, nouns)) or any(
                each.is_value for each in nouns
            )
    return behind[0] not in REQUESTING | PRONOUNS
