"""What stands around a sentence and says how it is meant: "for the sake of completeness", "out of
curiosity", "as agreed with the landlord", "what do you think we sold". Pure."""

from collections.abc import Mapping

from agents.local.language.calendar_names import WORDS_OF_OTHER_USE_IN_SHORT
from agents.local.language.grammar import Captures, Category, Rules, build_words

ENDS = frozenset({",", ";", ":", ".", "!", "?", "(", ")", "-", "\u2013", "\u2014", ""})
OPENERS = frozenset({
    "so", "and", "but", "well", "ok", "okay", "hi", "hello", "hey", "please", "now", "just",
})  # fmt: skip
SHOWING = frozenset({
    "show", "tell", "give", "list", "compare", "send", "get", "check", "look", "see", "name",
    "count", "sum", "add", "break", "split", "sort", "rank", "pull", "find", "say", "explain",
    "calculate", "work", "run", "do", "make", "how", "what", "which", "confirm", "remind",
})  # fmt: skip
"""Begin what is asked for, or stand before it."""
BEGINNINGS = SHOWING | {
    "i", "we", "can", "could", "would", "will", "please", "i'd", "we'd", "is", "are", "did", "do",
    "does", "was", "were", "where", "when", "why", "who", "i'm", "we're", "i've", "we've",
}  # fmt: skip
MOTIVES = frozenset({
    "curiosity", "interest", "habit", "boredom", "desperation", "laziness", "caution", "nosiness",
    "vanity", "principle", "necessity", "courtesy", "paranoia", "impatience", "fairness",
})  # fmt: skip
SAKES = frozenset({
    "completeness", "clarity", "argument", "comparison", "simplicity", "brevity", "context",
    "transparency", "curiosity", "interest", "fun", "records", "reference", "information", "notes",
    "understanding", "benefit", "amusement", "education", "sanity", "conscience", "satisfaction",
    "peace", "purposes", "convenience", "orientation", "guidance", "entertainment", "files",
    "archive", "diary", "consistency", "accuracy", "fairness", "safety", "variety",
})  # fmt: skip
MANNERS = frozenset({
    "honest", "frank", "fair", "clear", "exact", "precise", "safe", "sure", "certain", "blunt",
    "brief", "specific", "concrete", "short", "direct", "open", "quick", "thorough", "correct",
    "accurate", "complete", "pedantic", "picky", "plain", "candid", "truthful", "concise",
})  # fmt: skip
SAID = frozenset({
    "promised", "discussed", "agreed", "mentioned", "announced", "requested", "said", "usual",
    "always", "ever", "expected", "asked", "planned", "arranged", "explained", "indicated",
    "talked", "required", "suggested", "instructed", "before", "earlier", "stated", "noted",
})  # fmt: skip
ANNOUNCED = frozenset({
    "day", "week", "month", "quarter", "year", "number", "numbers", "figure", "figures", "thing",
    "things", "value", "values", "days", "weeks", "months",
})  # fmt: skip
FOLLOWING = frozenset({
    "follow-up", "followup", "reminder", "favor", "favour", "start", "test", "warm-up", "starter",
    "preparation", "supplement", "add-on", "sidenote", "side-note", "experiment", "surprise",
    "thank-you", "courtesy", "joke", "matter", "rule", "beginning", "introduction", "treat",
})  # fmt: skip
SUPPOSING = frozenset({
    "think", "reckon", "believe", "suppose", "guess", "say", "figure", "imagine", "expect",
    "assume", "estimate", "bet", "know",
})  # fmt: skip

ASKED = frozenset({
    "question", "request", "query", "thing", "favor", "favour", "one", "point",
})  # fmt: skip
ADVERBIALS, LEAVINGS, COUNTS = Rules(), Rules(), Rules()


@ADVERBIALS.add(
    "just|purely|simply|only|solely? for|in the? sake|purpose|purposes|interest|benefit|spirit of "
    "DETERMINER? own? SAKE",
    "just|purely|simply|only|solely? for DETERMINER own? SAKE",
    "just|purely|simply|only|solely? for DETERMINER own? peace of mind",
    "just|purely|simply|only|solely? for the record",
    "just|purely|simply|only? out of DETERMINER? pure|sheer|mere|simple|idle|general|morbid|"
    "personal|professional|plain? MOTIVE",
    "to be on? the safe side",
    "to be quite|perfectly|more|completely|totally|brutally|absolutely|very|really? MANNER",
    "if i'm|im being|to? quite|perfectly|completely|totally? honest",
    "as SAID to|with|by|in|on|at? PERSON COMPANY?",
    "as SAID to|with|by|in|on|at EVENT",
    "as SAID",
    "as i|we SAID",
    "as a|the|my|our ADJECTIVE? FOLLOWING to|of|for EVENT COMPANY?",
    "as a|the|my|our ADJECTIVE? FOLLOWING to|of|for PERSON",
    "as a|the|my|our ADJECTIVE? FOLLOWING",
    "lest|before i|we forget",
    "in case i|we forget",
    "when|whenever|once|if|as you get|have|find|got a|some|the minute|moment|second|time|chance",
    "no need for|of a|any? table|chart|graph|list|breakdown|details|detail|comments|explanation",
    "no table|chart|graph|explanation|comments needed|necessary|required",
    "just|only? one number|figure|answer|line|value will|would do|suffice",
    "just|only? one number|figure|answer|line|value is fine|enough|plenty|ok|okay|all",
    "not that i'm|we're worried|concerned|complaining|nervous|bothered|counting|checking|curious",
    "not that i|we worry|care|doubt|mind|am",
    "not that it matters",
    "nothing else|more|fancy|special|complicated|elaborate",
    "and? nothing else|more",
    "to|for finish|round|wrap|complete|fill off|up|out|in? DETERMINER page|form|report|slide|deck",
    "to begin|start|kick with|off",
    "another day|week|month|quarter|year ,? another MODIFIER",
    "new day|week|month|quarter|year ,? new MODIFIER",
    "same procedure|story|game|drill|question|old as|story every|last|always|usual "
    "WEEKDAY|week|month|year?",
    "end|start|beginning|middle|close of the? day|week|month|quarter|year again|already",
    "tax|budget|report|reporting|planning|stocktaking|inventory|holiday|audit|pay|bonus "
    "time|season|day|week again|already|soon",
    "if i may be? so? bold|direct|blunt|curious",
    "if my? memory serves me? right|well|correctly",
    "if i remember|recall correctly|right|well|rightly",
    "if i'm|im|i am not? mistaken|wrong",
    "if you'd|you would be so kind|good",
    "LEAVING",
    "final|last|quick|little|small|tiny|one|silly|stupid|dumb|simple|easy|short|another|next|"
    "further more|last|quick|small? ASKED LEAVING?",
    "for starters|openers",
)
def read_adverbial(found: Captures) -> str | None:
    """A clause of its own."""
    reader = found.reader
    before, after = reader.get_word(found.start - 1), reader.get_word(found.end)
    is_first = found.start == 0 or before in ENDS | OPENERS
    is_last = after in ENDS or (found.start == 0 and after in BEGINNINGS)
    return "aside" if is_first and is_last else None


@ADVERBIALS.add("WEEKDAY morning|afternoon|evening|noon? MODIFIER? OCCASION SOON?")
def read_occasion(found: Captures) -> str | None:
    """ "Monday morning meeting:" is where somebody is; "Monday meeting report" is a document."""
    reader = found.reader
    is_clause = found.start == 0 and reader.get_word(found.end) in {
        ":",
        ".",
        "!",
        "-",
        "",
    }
    return "aside" if is_clause else None


@ADVERBIALS.add("INTERJECTION")
def read_interjection(found: Captures) -> str | None:
    """ "Mate, how many orders"; "how many folks ordered" asks for them."""
    reader = found.reader
    before, after = reader.get_word(found.start - 1), reader.get_word(found.end)
    word = reader.get_word(found.start)
    if (
        word in WORDS_OF_OTHER_USE_IN_SHORT
        and after == ":"
        and not reader.is_lower(found.start)
    ):
        return None  # "WoW: revenue and orders".
    return "aside" if before in ENDS | OPENERS and after in ENDS else None


@ADVERBIALS.add(
    "i|we|i'm|we're? need|want|after|collecting|gathering|looking|seeking for? "
    "some|any|new|fresh|more? ideas|inspiration|input|arguments|ammunition|material|tips|hints "
    "for|on|to|about|against MODIFIER MODIFIER?",
    "i|we|i'm|we're? need|want|after|collecting|gathering|looking|seeking for? "
    "some|any|new|fresh|more? ideas|inspiration|input|arguments|ammunition|material|tips|hints",
)
def read_want(found: Captures) -> str | None:
    """ "Need ideas for bundles": a clause of its own."""
    reader = found.reader
    before, after = reader.get_word(found.start - 1), reader.get_word(found.end)
    return "aside" if before in ENDS | OPENERS and after in ENDS else None


@ADVERBIALS.add("do|did|would|d'you you SUPPOSING", "d'you SUPPOSING")
def read_supposing(found: Captures) -> str | None:
    """ "What do you think we sold", not "what do you think of it"."""
    reader = found.reader
    before, after = reader.get_word(found.start - 1), reader.get_word(found.end)
    is_last = after in ENDS
    if after in {"of", "about", "if", "whether"} or (is_last and before not in ENDS):
        return None
    # "Do you know how many": it asks for that, as it is.
    return "aside" if found.start else None


@ADVERBIALS.add("first|firstly|once|quickly")
def read_order(found: Captures) -> str | None:
    """ "Could you first show me", "first, how many": before others, which are not asked yet."""
    reader = found.reader
    before, after = reader.get_word(found.start - 1), reader.get_word(found.end)
    is_opening = found.start == 0 and after == ","
    is_asked = before in {"you", "u", "please", "me", "us"} and after in SHOWING
    return "aside" if is_opening or is_asked else None


@ADVERBIALS.add(
    "could|can|would|will|please|just? you|u? please|just|quickly? LOOKING up|out|in|on? COUNT "
    "of? THING for|on|in? me|us|my|our? DOCUMENT? please?",
    "i|we|i'd|we'd just|only|would? need|want|like|require COUNT of? THING for|on|in? "
    "me|us|my|our? DOCUMENT? please?",
)
def read_announcement(found: Captures) -> str | None:
    """ "Could you look up one day for me:" behind the colon is which."""
    return "aside" if found.reader.get_word(found.end) == ":" else None


@ADVERBIALS.add(
    "i|we|i've|we've|i'm|we're was|were|am|are|have|had|been? been|just? off|away|out|ill|sick|"
    "absent|abroad|closed|offline|gone|travelling|traveling sick|ill|work|duty|on? for|the? "
    "a|one|two|three|four|five|six|seven|eight|nine|ten|few|couple|some|several|last|past|whole "
    "of? two|three|four|few|couple? day|days|week|weeks|month|months|hour|hours|while|bit",
)
def read_absence(found: Captures) -> str | None:
    """ "I was off for two days": a clause of its own."""
    reader = found.reader
    before, after = reader.get_word(found.start - 1), reader.get_word(found.end)
    return (
        "aside" if before in ENDS | OPENERS and after in ENDS | {"and", "so"} else None
    )


@LEAVINGS.add(
    "once|before|until|while|when i|we log|sign|head|go|set|get|leave|start|close|shut|finish|"
    "eat|sleep|run|board|drive off|out|home|down|up|back|started|for? "
    "work|lunch|bed|office|shop|today?",
    "for today|now|tonight|you",
)
def read_leaving(_: Captures) -> str:
    """ "Final question before I log off"."""
    return "aside"


@COUNTS.add("one|a|an|two|three|four|some few|couple|single?")
def read_count(_: Captures) -> str:
    return "count"


ADVERBIAL_CATEGORIES: Mapping[str, Category] = {
    "ADVERBIAL": ADVERBIALS.read_longest,
    "COUNT": COUNTS.read_longest,
    "THING": build_words(ANNOUNCED),
    "LEAVING": LEAVINGS.read_longest,
    "MOTIVE": build_words(MOTIVES),
    "SAKE": build_words(SAKES),
    "MANNER": build_words(MANNERS),
    "SAID": build_words(SAID),
    "FOLLOWING": build_words(FOLLOWING),
    "ASKED": build_words(ASKED),
    "SUPPOSING": build_words(SUPPOSING),
}
