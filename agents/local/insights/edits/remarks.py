"""What somebody says of the figures before, and asks for nothing with: "that's too long"."""

from collections.abc import Mapping

from agents.local.insights.edits.words import (
    BACK,
    ENDS,
    PAUSES,
    SIGNS,
    get_before,
    get_behind,
)
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.language.grammar import (
    Captures,
    Category,
    Rules,
    TokenReader,
    build_words,
)
from agents.local.numbers import WORDS

OPENING = frozenset({
    "so", "and", "but", "can", "could", "please", "just", "only", "now", "give", "show", "i",
    "let",
})  # fmt: skip
"""Words that begin what is asked for."""
REACTIONS = frozenset({
    "great", "nice", "good", "perfect", "cool", "lovely", "interesting", "super", "awesome",
    "brilliant", "excellent", "wonderful", "fantastic", "amazing", "sweet", "neat", "alright",
    "noted", "understood", "fine", "helpful", "useful", "wow", "impressive", "surprising",
    "fascinating", "funny", "strange", "odd", "weird", "beautiful", "superb", "splendid",
    "marvelous", "marvellous", "terrific",
})  # fmt: skip
QUALITIES = REACTIONS | {
    "long", "short", "detailed", "bumpy", "messy", "noisy", "hard", "difficult", "confusing",
    "crowded", "volatile", "jumpy", "spiky", "big", "much", "many", "small", "coarse",
    "granular", "cluttered",
    "unreadable", "overwhelming", "wide", "rough", "uneven", "erratic", "jagged", "unclear",
    "clear",
    "easy", "tedious", "complicated", "busy", "dense", "full", "enough", "wiggly", "shaky",
    "unwieldy", "chaotic", "wild", "low", "high", "bad", "weak", "strong",
    "few", "little", "fine", "broad", "narrow", "general", "vague", "lengthy", "boring",
}  # fmt: skip
"""What somebody says of a list of figures."""
COMPARED = frozenset({"compared", "against", "vs", "versus", "relative", "than", "for"})

AUDIENCE = frozenset({
    "slide", "slides", "boss", "presentation", "deck", "report", "meeting", "email", "mail",
    "screen", "page", "manager", "team", "board", "call", "newsletter", "memo", "chart",
    "purpose", "purposes", "taste", "liking", "eyes", "phone", "powerpoint", "poster", "summary",
    "post",
})  # fmt: skip
"""Whom or what somebody wants the figures for: "too long for my slide"."""

REMARKS, SEEN, DEGREES, HOW_TO, MANY = Rules(), Rules(), Rules(), Rules(), Rules()


@REMARKS.add(
    "REACTION",
    "super REACTION",
    "that|this|it is|was|looks REACTION",
    "no no no?",
    "DEGREE DEGREE? QUALITY HOWTO?",
    "SEEN is|are|look|looks|seem|seems|was|were|get|gets DEGREE? DEGREE? QUALITY HOWTO?",
    "that|it|this|thats|its|they're DEGREE? DEGREE? QUALITY HOWTO?",
    "SEEN is|are a lot|mess",
    "that|it|this|thats a lot|mess of|to? SEEN?",
    "SEEN is|are too|so|that many|much MANY?",
    "that|it|this|thats too|so|that many|much MANY?",
    "too|so many|much MANY?",
    "COUNT of? them|those|rows|products|lines|days|weeks|months? is|are|was|were|seems|looks "
    "DEGREE? too|not few|little|many|much|long|short|high|low|big|small|coarse|enough HOWTO?",
    "COUNT of? them|those|rows|products|lines|days|weeks|months? is|are|was|were not|n't enough "
    "HOWTO?",
    "COUNT of? them|those|rows|products|lines|days|weeks|months? isn't|aren't|wasn't|weren't|won't|"
    "doesn't|don't do|suffice|enough HOWTO?",
    "SEEN|it|that|this isn't|aren't|wasn't|is|are not? enough HOWTO?",
    "i|we don't|dont need|want|have|require to|see? all|everything|every|most of? MANY?",
    "i|we do not need|want|require to|see? all|everything|every|most of? MANY?",
    "i|we don't|dont need|want|require that|so many|much of? MANY?",
    "i|we can't|cannot read|see|tell anything|much|a|the? thing|picture|trend? like|from? OBJECT?",
)
def read_remark(found: Captures) -> Meaning | None:
    """What somebody says of the figures before: a clause of its own that asks for nothing."""
    is_clause = get_before(found) in SIGNS | PAUSES
    is_clause &= get_behind(found) in SIGNS | OPENING
    return Meaning(Role.TALK) if is_clause else None


@REMARKS.add(
    "so that? i|we can|could see|know|tell|follow|compare where|how|what|that|them? "
    "we|i|it|things? are|is|were|was|stand|stood|stands|look|looks|had|have? ALONG?",
)
def read_purpose(found: Captures) -> Meaning | None:
    """Why somebody wants to see it otherwise."""
    return Meaning(Role.TALK) if get_behind(found) in SIGNS else None


@REMARKS.add("is|are|was|were that|it|this|those a lot|little|bit|few")
def read_amount(found: Captures) -> Meaning | None:
    """ "Is that a lot compared with last year?"."""
    is_compared = get_behind(found) in COMPARED
    return Meaning(Role.FILLER, BACK) if is_compared else None


@REMARKS.add(
    "would|will|might|may|could be|do better|nicer|easier|best|preferable|useful|clearer|fine",
    "is|are|works better|nicer|easier|best|preferable|clearer for? me|us?",
)
def read_preference(found: Captures) -> Meaning | None:
    """ "Weekly figures would be better": that is what is asked for."""
    return Meaning(Role.FILLER) if get_behind(found) in ENDS else None


@SEEN.add(
    "OBJECT",
    "the|that|this|your? list|line|curve|series|chart|table|numbers|figures|rows|days|weeks|"
    "months|values|result|results|output|graph|answer",
    "there|they",
)
@DEGREES.add(
    "too|quite|very|rather|pretty|so|really|way|far|much|slightly|somewhat|still|bit|not",
    "a bit|little|tad|touch",
)
@HOW_TO.add(
    "to read|follow|see|look|digest|use|compare|tell at?",
    "for|on me|us|my|our|the|a|this|that|one AUDIENCE?",
    "now",
)
@MANY.add(
    "rows|lines|countries|products|numbers|detail|details|figures|columns|bars",
    "of? OBJECT",
)
def read_remark_part(_: Captures) -> str:
    return "remark"


def _read_count(reader: TokenReader, at: int) -> tuple[str, int] | None:
    """A number of rows, in digits or in a word."""
    word = reader.get_word(at)
    return ("count", at + 1) if word.isdigit() or word in WORDS else None


REMARK_CATEGORIES: Mapping[str, Category] = {
    "REMARK": REMARKS.read_longest,
    "SEEN": SEEN.read_longest,
    "REACTION": build_words(REACTIONS),
    "DEGREE": DEGREES.read_longest,
    "QUALITY": build_words(QUALITIES),
    "HOWTO": HOW_TO.read_longest,
    "MANY": MANY.read_longest,
    "COUNT": _read_count,
    "AUDIENCE": build_words(AUDIENCE),
}
