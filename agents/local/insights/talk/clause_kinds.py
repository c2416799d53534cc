"""Knows what a clause is: talk that asks for nothing, praise, a greeting, or a question. Pure."""

from collections.abc import Sequence

from agents.local.insights.talk.phrases import OPINION, is_somebody
from agents.local.insights.talk.statements import is_stated
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary
from agents.local.language.readings import TimeGrain

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
ASKED = (
    *FIGURES, Role.ANALYSIS, Role.SUPERLATIVE, Role.BY, Role.BREAKDOWN, Role.CHART, Role.SORT,
    Role.OVERVIEW, Role.SUM_UP,
)  # fmt: skip
"""Of a question, or of a change to the one before."""
ASKING = (
    *FIGURES,
    Role.HOW_MANY,
    Role.HOW_MUCH,
    Role.WHICH,
    Role.OVERVIEW,
    Role.ANALYSIS,
)
REQUESTS = frozenset({
    "you", "u", "please", "pls", "plz", "would", "need", "want", "rather", "instead", "show",
    "give", "tell", "get", "count", "compare", "just", "only", "make", "put", "add", "keep", "drop",
})  # fmt: skip
BEING = frozenset(
    {"is", "are", "was", "were", "has", "have", "gets", "get", "goes", "go"}
)
MANY = frozenset(
    {"lot", "lots", "many", "loads", "plenty", "few", "tons", "bunch", "hardly"}
)
PRAISE = frozenset({
    "great", "good", "nice", "cool", "perfect", "lovely", "super", "excellent", "wonderful", "fine",
    "brilliant", "awesome", "fantastic", "amazing", "splendid", "superb", "terrific", "ok", "okay",
    "thanks", "thank", "you", "cheers", "wow", "interesting", "strange", "weird", "odd", "funny",
    "right", "sure", "very", "really", "that", "that's", "is", "was", "looks", "helpful", "useful",
    "clear", "understood", "noted", "alright", "impressive", "not", "bad", "beautiful", "neat",
    "sweet", "too", "pity", "a", "one", "job", "work", "well", "done", "gotcha",
})  # fmt: skip
""" "Great," "thanks, that's helpful": what is said of the answer before."""


def is_talk(clause: Sequence[Mention]) -> bool:
    """Whether it asks for nothing."""
    return (
        says_for_when(clause)
        or (tells_of_time(clause) and not any(each.has(*ASKING) for each in clause))
        or _is_opinion(clause)
        or _is_complaint(clause)
        or is_stated(clause)
        or _is_statement(clause)
        or _is_phrase(clause)
    )


def asks_something(clause: Sequence[Mention]) -> bool:
    """Whether it is a question, or asks for a change of the one before."""
    words = {word for each in clause for word in each.word.split()}
    says = any(
        each.time or each.number or each.values or not each.has(*IDLE, Role.ONLY)
        for each in clause
    )
    return (says and not REQUESTS.isdisjoint(words)) or any(
        each.has(*ASKED) or each.average for each in clause
    )


def is_idle_clause(clause: Sequence[Mention]) -> bool:
    """Whether it only greets, or says nothing else."""
    return is_praise(clause) or all(
        each.has(Role.TALK) or each.text == "," or each.word in OPENERS
        for each in clause
    )


def is_praise(clause: Sequence[Mention]) -> bool:
    words = [word for each in clause for word in each.word.split()]
    said = [word for word in words if word != ","]
    has_time = any(each.time is not None for each in clause)  # "WoW: revenue".
    return (
        not has_time
        and bool(said)
        and PRAISE.issuperset(said)
        and clause[0].text.isalpha()
    )


def says_for_when(clause: Sequence[Mention]) -> bool:
    """Whether somebody is busy with a time, which a question behind it may be of: "I'm closing the
    books for May"."""
    said = [each for each in clause if each.word not in OPENERS]
    if not said:
        return False
    first, *rest = said
    words = first.word.split()
    is_about = first.has(Role.TALK) and words[0] in SUBJECTS and len(words) > 2
    return (
        is_about
        and any(each.time for each in rest)
        and all(each.time or each.has(Role.FILLER) for each in rest)
    )


def names_window(mention: Mention) -> bool:
    """Whether it is a time, and not only by which ones: "per day"."""
    return mention.time is not None and not isinstance(mention.time, TimeGrain)


def tells_of_time(clause: Sequence[Mention]) -> bool:
    """ "Yesterday was mad", "it was quiet last week", "we had a lot of parcels back last month": a
    question behind it that names no time is of that one."""
    words = [word for each in clause for word in each.word.split() if word != ","]
    begins = bool(clause) and names_window(clause[0])
    is_it = words[:2] in (["it", "was"], ["it", "felt"], ["that", "was"])
    is_much = words[:2] == ["we", "had"] and not MANY.isdisjoint(words)
    is_so = begins and not {"was", "were", "felt", "went"}.isdisjoint(words)
    return (is_so or is_it or is_much) and sum(map(names_window, clause)) == 1


def _is_opinion(clause: Sequence[Mention]) -> bool:
    """What somebody thinks of the figures."""
    return any(
        meaning.role is Role.TALK and meaning.name == OPINION
        for each in clause
        for meaning in each.meanings
    )


def _is_complaint(clause: Sequence[Mention]) -> bool:
    """ "Too much is coming back": nothing is asked."""
    words = [
        word for each in clause for word in each.word.split() if word not in OPENERS
    ]
    return (
        len(words) > 3
        and (
            words[0] == "too"
            or words[:3] in (["way", "too", "much"], ["far", "too", "much"])
        )
        and not BEING.isdisjoint(words)
    )


def _is_statement(clause: Sequence[Mention]) -> bool:
    """ "I run a small shop in Leeds": somebody does something that is not known, and nothing is
    asked for."""
    words = [word for each in clause for word in each.word.split()]
    while words and words[0] in OPENERS:
        del words[0]
    if words and words[0] in CONJUNCTIONS:
        del words[0]
    is_about = bool(words) and (words[0] in SUBJECTS or is_somebody(words))
    is_known = not any(each.is_unknown for each in clause)
    return is_about and not is_known and WANTING.isdisjoint(words)


def _is_phrase(clause: Sequence[Mention]) -> bool:
    """ "Quick sanity check": ordinary words that narrow nothing."""
    said = [each for each in clause if each.word not in OPENERS]
    unknown = [each for each in said if each.is_unknown]
    if not unknown or len(said) < 2 or said[0].word in PREPOSITIONS:
        return False
    words = {word for each in said for word in each.word.split()}
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
