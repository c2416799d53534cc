"""Finds the talk around a question: greetings, purposes, who wants it, what somebody thinks.

Phrases and classes of words are in `data/talk.toml`; the rules say how they stand together. Pure.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from agents.local.insights.talk.adverbials import ADVERBIAL_CATEGORIES
from agents.local.insights.words.lexicon import load_lexicon, read_data, split_phrase
from agents.local.language.calendar_names import MONTHS, WEEKDAYS
from agents.local.language.grammar import (
    ANY_DAY,
    Captures,
    Category,
    Rules,
    TokenReader,
    build_words,
)
from agents.local.language.tokens import Token
from agents.local.numbers import WORDS

ASIDE, IDIOM, OPINION = "aside", "idiom", "opinion"
SIGNS = frozenset({",", ";", ":", ".", "!", "?", "(", ")", "-", "\u2013", "\u2014"})
DETERMINERS = frozenset({
    "the", "a", "an", "my", "our", "his", "her", "their", "your", "this", "that", "some",
})  # fmt: skip
REASONS = frozenset({"because", "cos", "cuz", "since", "as", "so", "and", "but"})
"""Before a clause about somebody, say why it is there."""
GOOD = frozenset({"good", "great", "nice", "lovely", "wonderful", "relaxing"})
CREWS = frozenset({
    "team", "people", "folks", "guys", "guy", "lady", "department", "dept", "crew", "lads",
    "manager", "desk", "squad", "unit", "side", "head", "lead", "assistant", "clerk",
})  # fmt: skip
NOTICING = frozenset({
    "noticed", "notice", "noticing", "realized", "realised", "observed", "discovered", "spotted",
    "saw", "see", "seen", "read", "heard", "learned", "learnt", "gather", "understand", "remember",
    "recall", "know", "feel", "fear", "believe", "suspect", "guess",
})  # fmt: skip
""" "I noticed that": what follows is so, says the one who asks."""
GRATEFUL = frozenset({
    "great", "good", "nice", "lovely", "helpful", "useful", "handy", "amazing", "awesome", "cool",
    "fantastic", "wonderful", "grateful", "thankful", "glad", "happy", "interesting", "perfect",
    "brilliant", "appreciated", "important", "kind", "easier", "better", "fine",
})  # fmt: skip
LOOKING = frozenset({
    "look", "work", "figure", "find", "fill", "copy", "paste", "dig", "pull", "bring", "check",
    "sort", "write", "note", "jot", "put", "call", "fish", "spell", "map", "print", "type", "lay",
    "set", "get", "suss", "run", "read", "ferret", "scope", "puzzle", "try", "help", "take",
    "pass",
})  # fmt: skip
""" "Could you look it up": no figure goes up."""
POINTED = frozenset({"it", "that", "this", "them", "these", "those"})
TIME_NOUNS = frozenset({
    "day", "week", "weekend", "month", "quarter", "year", "season", "half", "first", "second",
    "third", "fourth", "last", "past", "previous", "same", "q1", "q2", "q3", "q4", "h1", "h2",
    "today", "yesterday", "spring", "summer", "autumn", "fall", "christmas", "easter",
})  # fmt: skip
SMALL_WORDS = frozenset({
    "of", "in", "on", "at", "by", "per", "from", "with", "without", "to", "for", "and", "or", "but",
    "is", "are", "was", "were", "be", "not", "no", "only", "just", "except", "than", "who", "which",
    "that", "what", "how", "when", "where", "i", "we", "you", "it", "they", "me", "us", "each",
    "every", "all", "any", "if", "so", "as", "need", "want", "please", "did", "do", "does",
    "customers", "orders", "products", "buyers", "categories", "countries", "those", "these",
})  # fmt: skip
""" "For the customers in the report": these stand between no article and its noun."""
LISTING = frozenset(
    {"list", "name", "count", "show", "give", "tell", "enumerate", "add"}
)
""" "Could you list them": those that the question before is of."""
FREQUENTLY = frozenset({
    "always", "often", "really", "also", "just", "still", "strongly", "somehow", "firmly", "once",
    "even", "never", "personally", "honestly", "sometimes", "long", "only", "distinct", "vague",
    "nagging", "strong", "pretty", "quite", "fairly", "almost",
})  # fmt: skip
ARRIVING = frozenset({
    "meets", "meet", "arrives", "arrive", "comes", "come", "calls", "call", "leaves", "leave",
    "shows", "turns", "gets", "starts", "visits", "visit", "returns", "rings", "asks", "sits",
})  # fmt: skip
""" "Before the board meets", "until the landlord comes back"."""
MEETINGS = frozenset({
    "sitting", "talking", "speaking", "meeting", "arguing", "chatting", "discussing",
    "working",
})  # fmt: skip
CLASSES = {
    "PHRASE": ("phrases",),
    "IDIOM": ("idioms",),
    "INTERJECTION": ("interjections",),
    "SOMEBODY": ("bare_people",),
    "LISTENER": ("people",),
    "ROLE": ("people", "third_parties"),
    "DEPARTMENT": ("departments",),
    "WANTING": ("wanting",),
    "WANTED": ("wanted",),
    "BOTHERING": ("bothering",),
    "PASSING": ("passing",),
    "THINKING": ("thinking",),
    "DOING": ("doing",),
    "OCCASION": ("occasions", "documents"),
    "DOCUMENT": ("documents",),
    "ADJECTIVE": ("adjectives",),
}
"""By category, the lists of `talk.toml` that it reads."""
NAMED_DAYS = frozenset({*MONTHS, *WEEKDAYS})


@dataclass(frozen=True)
class Talk:
    start: int
    """The place of its first token."""
    end: int
    """The place behind its last token."""
    is_opinion: bool
    """Whether what follows is what somebody thinks."""
    is_idiom: bool


IsFree = Callable[[Talk], bool]


def find_talk(tokens: Sequence[Token], *, is_free: IsFree) -> list[Talk]:
    """The talk in a text, in its order, without overlap; `is_free` says of what may be talk whether
    it is nothing else."""
    reader = TokenReader(tokens, ANY_DAY, CATEGORIES)
    found: list[Talk] = []
    at = 0
    while at < len(tokens):
        read = TALK.read_longest(reader, at)
        talk = read and Talk(at, read[1], read[0] == OPINION, read[0] == IDIOM)
        if talk and is_free(talk):
            found.append(talk)
            at = talk.end
        else:
            at += 1
    return found


def is_somebody(words: Sequence[str]) -> bool:
    """Whether words begin with somebody: "the new intern"."""
    people: Sequence[str] = read_data("talk.toml")["people"]
    return words[0] in DETERMINERS and not set(people).isdisjoint(words[1:4])


TALK, TIMES = Rules(), Rules()
PEOPLE, PLACES, COMPANY, COMPANIONS = Rules(), Rules(), Rules(), Rules()
EVENTS, OWNED = Rules(), Rules()


@TALK.add(
    "PHRASE",
    "ADVERBIAL",
    "REASON? PERSON WANTING WANTED?",
    "REASON? PERSON BOTHERING SOON?",
    "REASON? PERSON BOTHERED SOON?",
    "before|until|when|once|after PERSON SHOWING up|in|over|back|by? SOON?",
)
def read_aside(_: Captures) -> str:
    return ASIDE


@TALK.add("IDIOM")
def read_idiom(_: Captures) -> str:
    return IDIOM


@TALK.add(
    "REASON? PERSON THINKING that?",
    "REASON? i|we THINKING that?",
    "REASON? i|we FREQUENTLY THINKING that?",
    "REASON? i|we've|i've|we have? FREQUENTLY? had|have|got|get the|this|a FREQUENTLY? "
    "feeling|impression|hunch|sense|idea|suspicion|notion|theory that?",
    "REASON? i'd|we'd almost|nearly? swear|bet|say|argue|guess|think on? it|that?",
    "REASON? everyone|everybody|they|people|some|rumor|rumour|word has|is? it? THINKING that?",
    "REASON? i|we could|would|can|might|must|i'd have? swear|sworn|bet|say|argue|guess|think "
    "on? it|that?",
    "REASON? my|our feeling|impression|hunch|sense|guess|suspicion|theory|gut is|was|says|tells "
    "me? that?",
    "REASON? it feels|seems|looks|felt|seemed|looked to? me|us? like|as|that if? though?",
    "REASON? i'm|we're|i am FREQUENTLY? sure|certain|convinced|positive|afraid|worried that?",
    "according to PERSON",
)
def read_opinion(_: Captures) -> str:
    return OPINION


@TALK.add(
    "for|before|until|till EVENT COMPANY? SOON?",
    "ahead of EVENT COMPANY? SOON?",
    "in time|preparation|view for|of EVENT COMPANY? SOON?",
    "because of EVENT COMPANY? SOON?",
    "to prepare|finish|write|complete|update|close for? EVENT COMPANY? SOON?",
    "for DETERMINER ADJECTIVE? LISTENER NAME? SOON?",
    "for DETERMINER ADJECTIVE? LISTENER in|from|at DEPARTMENT",
    "for NAME in|from|at DEPARTMENT",
)
@TALK.add(
    "REASON? i'm|im|we're DOING EVENT COMPANY? SOON?",
    "REASON? i|we am|are|was|were just? DOING EVENT COMPANY? SOON?",
    "DOING OWNED COMPANY? SOON?",
    "REASON? i|we have|got|need got|to? have? OWNER? ADJECTIVE? OCCASION COMPANY? SOON?",
    "REASON? i'm|we're|i|we am|are|was? MEETING with|to|about COMPANION right? now?",
    "i|we? just? got|came off|out|back of|from? the|a phone|call|meeting with|from? COMPANION?",
    "i|we was|were|got|been asked by PERSON to|for? get|find|check|send|provide|report?",
    "i? hope you had|have|enjoyed a|your? GOOD? weekend|day|week|holiday",
    "sorry|apologies to|for bother|bothering|disturb|trouble you again? on? a? SOON?",
    "REASON? i|we need|have|must|got to? fill|finish|prepare|write|complete|do|submit in|out|up? "
    "EVENT COMPANY? SOON?",
    "quick|urgent|short? one|question|request|query from PERSON",
    "quick|urgent|short? one|question|request|query from DEPARTMENT",
    "what a day|week|month|year|mess|weekend",
    "REASON? i've|we've got? OWNER? ADJECTIVE? ADJECTIVE? OCCASION COMPANY? SOON?",
    "it's|its|this|that|that's is? all? for EVENT COMPANY? SOON?",
    "it's|its|it|this|that|that's is? all? for DETERMINER MODIFIER? MODIFIER? ROLE NAME?",
    "i|we? need|want it|this|that|them for EVENT COMPANY? SOON?",
    "i|we? need|want it|this|that|them for DETERMINER MODIFIER? MODIFIER? ROLE NAME?",
    "i|we? need|want it|this|that|them for DETERMINER MODIFIER? MODIFIER? account|accounts",
    "PERSON is|are|was|were just? DOING EVENT COMPANY? SOON?",
    "and|who WANTING WANTED?",
    "REASON? i|we|i've|we've have|need|got|must|should|ought|had to? "
    "PASSING PERSON COMPANY?",
    "REASON? i'm|we're supposed|expected|asked|going|about|meant to PASSING PERSON COMPANY?",
    "REASON? i|we am|are supposed|expected|asked|going|about|meant to PASSING PERSON COMPANY?",
    "REASON? i|we|i've|we've have? also|just|only? NOTICING that?",
    "OCCASION starts|begins|is? SOON",
    "it|that would|will be DEGREE? GRATEFUL to have|see|know|get|find?",
    "it'd|that'd|it'll|i'd be DEGREE? GRATEFUL to have|see|know|get|find?",
    "it'd|that'd be DEGREE? GRATEFUL if you could|can|would",
    "if it|its|that is? not|isn't too much|hard of? a? work|effort|trouble|hassle|bother|ask?",
    "i|we owe PERSON OWNER? answer|figures|numbers|report|figure|number|it?",
    "so that? i|we can|could PASSING PERSON?",
    "so that? i|we can|could PASSING EVENT COMPANY? SOON?",
)
def read_purpose(_: Captures) -> str:
    """What it is for, what somebody is busy with, and does with an answer."""
    return ASIDE


@TALK.add(
    "could|can|would|will|please? you|u? please|just|quickly? LOOKING POINTED "
    "up|out|over|down|through for? me|us?",
    "could|can|would|will you please|just|quickly? do|check|verify|find|confirm|manage POINTED "
    "out? for? me|us?",
    "could|can|would|will you please|just|quickly? LISTING POINTED all? up|out|down?",
    "could|can|would|will you please|just|quickly? LISTING POINTED all? up|out|down? for me|us",
    "and? count|counting|counted? each|everyone|every|everybody? one|customer|person|buyer|of? "
    "them? just|only once|one time?",
)
def read_service(found: Captures) -> str | None:
    """What is to be done with a question, and says nothing of it: a clause of its own."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    after = found.reader.get_word(found.end)
    is_last = after in {*SIGNS, "", "please", "pls", "thanks"}
    # "I wonder how many there are, could you count them for this year?"
    goes_on = found.start > 0 and after in {"for", "in", "since", "this", "last"}
    lists = goes_on and not LISTING.isdisjoint(words)
    return ASIDE if len(words) > 2 and (is_last or lists) else None


@TALK.add(
    "even if they|he|she|somebody|someone|customers|people ordered|bought|came|purchased several? "
    "twice|often|again|repeatedly|times",
    "even if they|he|she|somebody|someone|customers|people "
    "ordered|bought|came|purchased more than once",
    "no|without|avoid|avoiding double|duplicate counting|counts",
    "no|without duplicates",
    "no|without repeats",
)
def read_counting_once(_: Captures) -> str:
    """Customers are counted once anyway."""
    return ASIDE


@TALK.add(
    "this|it is NAME PLACE?",
    "it's|its NAME PLACE",
    "NAME here",
    "hi|hello|hey|dear NAME",
    "dear|hi|hello|hey assistant|bot|ai|robot|computer|system|sir|madam|colleague|friend",
    "kind|best|warm|many? regards|wishes|cheers|thanks|yours|sincerely ,? NAME",
    "(morning|afternoon|evening) all|everyone|everybody|team|there|NAME?",
)
def read_sender(found: Captures) -> str | None:
    """ "This is Anna from marketing", "Anna here", "morning!": a clause of its own."""
    reader = found.reader
    is_first = found.start == 0 or reader.get_word(found.start - 1) in SIGNS
    is_last = ASIDE in found.values[-1:] or reader.get_word(found.end) in {*SIGNS, ""}
    return ASIDE if is_first and is_last else None


@PEOPLE.add(
    "SOMEBODY",
    "NAME PLACE?",
    "DETERMINER ADJECTIVE? ADJECTIVE? ROLE NAME?",
    "ROLE NAME",
    "DETERMINER ADJECTIVE? ROLE PLACE",
    "LISTENER",
    "DETERMINER? DEPARTMENT CREW?",
    "someone|somebody PLACE",
)
@PLACES.add("from|in|at|of|over DEPARTMENT")
@COMPANY.add(
    "with|from|to|for|about PERSON",
    "with|from|to|for|of|about|on OWNER? ADJECTIVE? ROLE",
    "with|for|of|about|on EVENT COMPANY?",
    "for the|this? coming|holiday? holidays|season",
    "for the|next|this? coming|new|next year|quarter|month|season",
)
@EVENTS.add("ADJECTIVE? ADJECTIVE? OCCASION", "OWNED")
@OWNED.add("OWNER ADJECTIVE? MODIFIER? MODIFIER? MODIFIER? OCCASION")
@COMPANIONS.add("PERSON", "OWNER? ADJECTIVE? ROLE", "EVENT")
def read_somebody(_: Captures) -> str:
    """People, where they are from, who is with them, and what they meet for."""
    return ASIDE


@TIMES.add(
    "(today|tomorrow|tonight|later|soon)", "later today|tonight|tomorrow",
    "tomorrow|this morning|afternoon|evening|noon", "(this) week", "next week|month|WEEKDAY",
    "on? next? WEEKDAY", "on WEEKDAY morning|afternoon|evening",
    "in a|an|half|few HOUR? hour|hours|minutes|minute|bit|moment|min|mins|sec? minutes|hours?",
    "in HOUR hour|hours|minutes|minute|min|mins|secs|seconds",
    "by|until|till noon|lunch|lunchtime|tonight|tomorrow|then|eod|cob|monday|midnight",
    "by|until|till tomorrow|this noon|morning|afternoon|evening|night",
    "by|until|till the? end of the? day|week|today|business",
    "by|until|till next? WEEKDAY morning|afternoon|evening|noon?",
    "by|until|till HOUR am|pm|o'clock?",
    "at noon|lunch|lunchtime", "at HOUR am|pm|o'clock?",
)  # fmt: skip
def read_soon(found: Captures) -> str:
    return found[0] if found.values and found[0] else "soon"


def _index_phrases(lists: Sequence[str]) -> Mapping[str, Sequence[tuple[str, ...]]]:
    """By the first word, the longest first."""
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in lists:
        for words in map(split_phrase, read_data("talk.toml")[name]):
            by_first[words[0]].append(words)
    return {
        word: sorted(phrases, key=len, reverse=True)
        for word, phrases in by_first.items()
    }


def _build_phrases(lists: Sequence[str]) -> Category:
    """The longest phrase of some lists."""
    by_first = cache(lambda: _index_phrases(lists))

    def read_phrase(reader: TokenReader, at: int) -> tuple[str, int] | None:
        for words in by_first().get(reader.get_word(at), ()):
            if all(reader.get_word(at + n) == word for n, word in enumerate(words)):
                return lists[0], at + len(words)
        return None

    return read_phrase


@cache
def _index_bothering() -> Sequence[tuple[str, ...]]:
    return _index_phrases(("bothering",))["is"]


def _read_bothered(reader: TokenReader, at: int) -> tuple[str, int] | None:
    """What follows "is" in "is on the phone", behind "the accountant's"."""
    if not at or not reader.tokens[at - 1].is_possessive:
        return None
    for words in _index_bothering():
        behind = words[1:]
        if all(reader.get_word(at + n) == word for n, word in enumerate(behind)):
            return "bothering", at + len(behind)
    return None


def _read_owner(reader: TokenReader, at: int) -> tuple[str, int] | None:
    """ "My", and the time in "tomorrow's meeting"; "this week's report" is of that time."""
    time = TIMES.read_longest(reader, at)
    if time is None:
        word = reader.get_word(at)
        return (word, at + 1) if word in DETERMINERS else None
    name, end = time
    is_owner = reader.tokens[end - 1].is_possessive
    is_of_time = name in {"today", "this"} and reader.read_category("DOCUMENT", end)
    return time if is_owner and not is_of_time else None


def _read_name(reader: TokenReader, at: int) -> tuple[str, int] | None:
    """A word with a capital that means nothing in a question: "Anna"."""
    word = reader.get_word(at)
    is_name = word.isalpha() and len(word) > 1 and not reader.is_lower(at)
    is_free = not (
        word in load_lexicon().words or word in DETERMINERS or word in NAMED_DAYS
    )
    return (word, at + 1) if is_name and is_free else None


def _read_modifier(reader: TokenReader, at: int) -> tuple[str, int] | None:
    """What stands before the noun in "the sales tax check"; "the May report" is of that time."""
    word = reader.get_word(at)
    is_time = word in TIME_NOUNS or word in MONTHS or word.isdigit()
    is_joint = word in DETERMINERS | SMALL_WORDS
    is_free = bool(word) and word not in SIGNS and not (is_time or is_joint)
    is_owner = is_free and reader.tokens[at].is_possessive
    return (word, at + 1) if is_free and not is_owner else None


CATEGORIES: Mapping[str, Category] = {
    **ADVERBIAL_CATEGORIES,
    **{name: _build_phrases(lists) for name, lists in CLASSES.items()},
    "DETERMINER": build_words(DETERMINERS),
    "REASON": build_words(REASONS),
    "WEEKDAY": build_words(frozenset(WEEKDAYS)),
    "GOOD": build_words(GOOD),
    "CREW": build_words(CREWS),
    "MEETING": build_words(MEETINGS),
    "COMPANION": COMPANIONS.read_longest,
    "HOUR": build_words(frozenset({*map(str, range(1, 61)), *WORDS})),
    "DEGREE": build_words(
        frozenset({"so", "very", "really", "super", "most", "quite"})
    ),
    "GRATEFUL": build_words(GRATEFUL),
    "NOTICING": build_words(NOTICING),
    "LOOKING": build_words(LOOKING),
    "LISTING": build_words(LISTING),
    "FREQUENTLY": build_words(FREQUENTLY),
    "POINTED": build_words(POINTED),
    "BOTHERED": _read_bothered,
    "SHOWING": build_words(ARRIVING),
    "OWNER": _read_owner,
    "MODIFIER": _read_modifier,
    "EVENT": EVENTS.read_longest,
    "OWNED": OWNED.read_longest,
    "NAME": _read_name,
    "SOON": TIMES.read_longest,
    "PERSON": PEOPLE.read_longest,
    "PLACE": PLACES.read_longest,
    "COMPANY": COMPANY.read_longest,
}
