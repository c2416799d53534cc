"""Knows a clause that states something, and asks for nothing, by its shape: somebody, or something
that is no figure, stands before a verb that is none of asking. Pure.

"The bank closes at 12", "I want to tidy up the range", "the list is too long".
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from agents.local.insights.words.lexicon import Role, read_data
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary, is_verb

DETERMINERS = frozenset({
    "the", "a", "an", "my", "our", "his", "her", "their", "your", "this", "that", "some", "many",
    "most", "these", "those", "one", "every", "another", "both",
})  # fmt: skip
PERSONS = frozenset({
    "i", "we", "he", "she", "nobody", "everybody", "everyone", "somebody", "someone", "people",
})  # fmt: skip
THINGS = frozenset({"it", "this", "that", "they", "these", "those", "there"})
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
FINDING = frozenset({
    "see", "know", "find", "hear", "learn", "understand", "check", "test", "decide", "tell",
    "figure", "verify", "judge", "work", "say", "assess", "evaluate", "curious", "wonder",
    "wondering", "unsure", "sure", "asking", "ask", "checking", "testing", "seeing", "debating",
    "doubt", "doubts", "question", "explore", "measure", "discuss", "guess", "idea",
})  # fmt: skip
""" "I wonder if ads pay off": behind these, a doubt follows."""
DOUBTING = frozenset({"if", "whether", "where", "when", "why"})
MAX_DOUBT = 8
"""Words before a doubt begins."""
COPULAS = frozenset({
    "is", "are", "was", "were", "isn't", "aren't", "wasn't", "weren't", "looks", "look", "seems",
    "seem", "feels", "feel", "gets", "became", "becomes", "looked", "seemed", "felt", "sounds",
    "sound", "sounded", "got",
})  # fmt: skip
DENIALS = frozenset(
    {"can't", "cannot", "couldn't", "doesn't", "didn't", "won't", "don't"}
)
SEEMING = frozenset(
    {"be", "seem", "look", "sound", "feel", "make", "fit", "add", "help", "work"}
)
""" "That can't be right", "it doesn't look normal"."""
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
PREFIXES = (("in", "order"), ("so", "as"), ("to", "be", "able"))
"""Before "to", say no more than that does."""
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
    "care", "cares",
})  # fmt: skip
TALKING = ("talking", "about")
INTERROGATIVES = frozenset({"which", "what", "how", "why", "what's"})
POINTING = frozenset({"it", "this", "that", "them", "these", "those"})
PRONOUNS = frozenset({"me", "us", "it", "them", "this", "someone", "somebody"})
DECIDING = frozenset({
    "decide", "deciding", "decided", "choose", "choosing", "plan", "planning", "think", "thinking",
    "discuss", "discussing", "agree", "argue", "arguing", "debating", "wonder", "wondering",
})  # fmt: skip
""" "To decide which ones to buy": what is decided is not asked."""
RELATIVES = frozenset({"that", "which", "who", "whose", "where", "with", "without"})
"""Behind a noun, begin what belongs to it: "the orders that are"."""
ANAPHORIC = frozenset({"one", "ones", "those", "these", "only"})
FIGURES = (
    Role.METRIC, Role.METRIC_VERB, Role.DIMENSION, Role.DIMENSIONS, Role.SUPERLATIVE,
)  # fmt: skip
PEOPLE = frozenset({"customers", "customer_type", "customer_status"})
""" "A customer just called" is about no figure."""
ASKING = (
    Role.METRIC, Role.SUPERLATIVE, Role.ANALYSIS, Role.BY, Role.BREAKDOWN, Role.CHART, Role.SORT,
    Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.SHARE, Role.COMPARE, Role.METRIC_VERB,
    Role.CHANGE, Role.RISE, Role.FALL, Role.TREND,
)  # fmt: skip
NEGATIONS = frozenset({"not", "no", "isn't", "aren't", "never"})
"""Leave out figures before a noun, and say no more of somebody than that he does not."""
MAX_NOUN = 8
"""Words before the verb, of somebody who is named by a noun."""
Words = Sequence[tuple[str, Mention]]


class Subject(StrEnum):
    PERSON = "person"
    THING = "thing"
    """What "it" and "those" stand for."""
    NOUN = "noun"


def is_stated(clause: Sequence[Mention]) -> bool:
    """Whether a clause says what somebody does, or what something is like, and asks for nothing.

    Where all its words are known, and one is a figure, it may be a part of the question.
    """
    words = split_words(clause)
    found = _find_subject(words)
    if found is None:
        return False
    subject, end = found
    rest = words[end:]
    if _is_known(clause) and any(map(_names_figures, clause)):
        return _is_condition(rest, subject)
    leaves_out = any(map(_leaves_out, clause)) or not rest
    return _is_doubt(words) or (not leaves_out and _is_said_of(words, subject, end))


def _is_said_of(words: Words, subject: Subject, end: int) -> bool:
    rest = words[end:]
    if subject is Subject.THING:
        return _is_judgment(rest)
    is_about_figures = subject is Subject.NOUN and _is_figure(words[:end])
    return not _asks_for_figures(rest, subject) and (
        not is_about_figures or _is_judgment(rest)
    )


def _is_condition(rest: Words, subject: Subject) -> bool:
    """ "I was off that day", "it doesn't look normal": whatever "off" and "normal" are of figures,
    these are about somebody, and point at what was shown."""
    verb = rest[0][0] if rest else ""
    is_one = subject is Subject.PERSON and verb in {"was", "were"}
    is_denied = subject is not Subject.NOUN and verb in DENIALS
    names = (Role.ANALYSIS, Role.FILLER, Role.DIMENSION)
    return (is_one or is_denied) and all(each.has(*names) for _, each in rest[1:])


def _is_doubt(words: Words) -> bool:
    """ "I'd like to see if the promo worked": of what is not recorded, and no figure."""
    said = [word for word, _ in words[:MAX_DOUBT]]
    at = next((n for n, word in enumerate(said) if word in DOUBTING), None)
    if at is None or FINDING.isdisjoint(said[:at]):
        return False
    return not any(
        each.role is Role.METRIC and each.name not in PEOPLE
        for _, mention in words[at:]
        for each in mention.meanings
    )


def names_stranger(clause: Sequence[Mention]) -> bool:
    """Whether it is about something with a name that is not known: "the Frobnicator sells well"."""
    words = split_words(clause)
    found = _find_subject(words)
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
    places = [n for n, word in enumerate(said) if word in COPULAS]
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


def _find_subject(words: Words) -> tuple[Subject, int] | None:
    """What a clause is about, with the place of its verb."""
    first, second = ([word for word, _ in words[:2]] + ["", ""])[:2]
    if first in PERSONS or _has_purpose(words):
        return Subject.PERSON, 1
    if first in BUSY or (first in REQUESTING and second in WANTED_FOR):
        return Subject.PERSON, 0
    if first in THINGS and (second in COPULAS | DENIALS or second.startswith("'")):
        return Subject.THING, 1
    is_anything = first in ANYTHINGS and (second in COPULAS or is_verb(second))
    end = 1 if is_anything else _find_verb(words)
    return None if end is None else (Subject.NOUN, end)


def _has_purpose(words: Words) -> bool:
    if len(words) < 3:
        return False
    first = words[0][0]
    doubts = first == "to" and _is_doubt(words)
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
        is_other = mention.is_value or mention.has(*FIGURES) or mention.time
        after = words[place + 1][0] if place + 1 < len(words) else ""
        if place >= begin and not is_other and _is_finite(word, after):
            return place
    return None


def _is_finite(word: str, after: str) -> bool:
    """Whether a word behind a noun is what that does; "raised", where what is raised follows."""
    is_third_person = word.endswith("s") and is_verb(word)
    has_object = after in DETERMINERS | {"me", "us", "him", "them", "it"}
    is_done = has_object and is_verb(word)
    return word in AUXILIARIES or word in MODALS or is_third_person or is_done


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
        word in RELATIVES | ANAPHORIC | {"for", "from", "in", "by", "of"}
        for word, _ in rest
    )


def _is_of_judgment(mention: Mention) -> bool:
    if mention.is_value or mention.time or mention.number:
        return False
    if mention.is_unknown:
        return is_ordinary(mention.text)
    is_idle = mention.has(Role.FILLER, Role.HIGH, Role.LOW, Role.TALK, Role.ALSO)
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
    if not SEEKING.isdisjoint(said[:3]) and not (is_about_that or is_past):
        return True
    if TALKING in pairwise(said[:4]):
        return True
    return any(
        _requests_figures(rest[place:], subject)
        for place, word in enumerate(said)
        if word in REQUESTING
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
