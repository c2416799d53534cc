"""Finds the words that change what was asked before: narrow it, leave something out of it, add it
up, order it otherwise, do it again with something else.

The verbs and their objects are classes; the patterns say how they stand together. What such a
phrase does is a role of the lexicon, so that the question is read as if it was said in one word.
Pure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agents.local.insights.lexicon import Meaning, Role
from agents.local.language.grammar import (
    Captures,
    Category,
    Rules,
    TokenReader,
    build_words,
)
from agents.local.language.tokens import Token

NEXT_TO = "next_to"
"""The name of a meaning that adds a column: "with Q2 next to it"."""
BACK = "back"
"""The name of a meaning that points to the figures before: "redo that with"."""
ANY_DAY = date(2000, 1, 1)
"""Edits are the same on each day."""
PRONOUNS = frozenset({"it", "that", "this", "them", "those", "these"})
ENDS = frozenset({
    "", ",", ".", ";", ":", "!", "?", "-", "please", "pls", "too", "now", "from", "in", "and",
    "for", "again", "then", "thanks", "but",
})  # fmt: skip
"""What may follow a pronoun that is an object: "drop that", but not "drop that category"."""
NARROWING = (
    "limit|restrict|confine|narrow|reduce|filter|trim|shorten|whittle|boil|pare|shrink"
)
NARROWED = "limited|restricted|confined|narrowed|reduced|filtered|trimmed|shortened|cut"
TAKING = "take|leave|cut|filter|throw|strip|kick|pull|chuck|weed|screen|put|move|keep"
DROPPING = "drop|exclude|remove|skip|hide|ignore|omit|forget|lose|delete|scrap|disregard|discard"
ADDING = "add|sum|total|tot|tally|lump|roll|count"
JOINING = "total|sum|combine|merge|aggregate"
NUMBER = "number|figure|total|sum|amount|value"
LOW = "lowest|smallest|weakest|least|worst|fewest|poorest|slowest|low|small|weak|bottom|worse|bad"
HIGH = "highest|largest|biggest|strongest|most|best|greatest|top|high|large|big|strong|good|fastest"
UNDOING = (
    "drop|remove|without|lose|forget|clear|undo|reset|lift|delete|cancel|ignore|no|scrap|scratch|"
    "disable|deactivate|ditch|abandon|waive|dismiss|release|erase|unset|kill|nix|discard|omit"
)
SIGNS = frozenset({"", ",", ".", ";", ":", "!", "?", "(", ")", "-", "\u2013", "\u2014"})
PAUSES = frozenset({"and", "but", "ok", "okay", "thanks", "hm", "hmm", "oh", "well"})
OPENING = frozenset({
    "so", "and", "but", "can", "could", "please", "just", "only", "now", "give", "show", "i",
    "let's",
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
}  # fmt: skip
"""What somebody says of a list of figures."""
REPEATED = (
    "thing|list|table|figures|numbers|query|question|report|ranking|calculation|exercise|again"
)  # fmt: skip
BOUGHT = "bought|ordered|purchased|shopped"
SETTINGS = (
    "period|time|window|timeframe|frame|range|dates|span|month|quarter|year|week|day|filter|country|"
    "category|product|brand|metric|figure|measure|grouping|scope|limit|threshold|cutoff|bar|number"
)
"""What is set anew: "set the period to"."""
NAMED = (
    "one|category|country|product|brand|month|quarter|year|week|day|time|period|thing|name|figure|"
    "metric|number|word|item|article|state|region|market|shop|date|window|range|title"
)
"""Of what somebody may have named the wrong one."""
FILTERED = (
    "country|category|product|brand|state|region|tag|currency|weekday|customer|status"
)
FILTERS = {
    "region": "state",
    "customer": "customer_status",
    "status": "customer_status",
}
"""Dimensions by the words for their filters, where these are others."""
SUMMED = "added|summed|totaled|totalled|tallied|counted|cumulated|accumulated|piled|built|stacked"
CHARTS = "line|bar|column|pie|area|trend|donut|scatter"
PICTURES = (
    "chart|charts|graph|graphs|plot|diagram|picture|curve|image|visual|visualization"
)


IsFree = Callable[[int, int], bool]


@dataclass(frozen=True)
class Edit:
    start: int
    """The place of its first token."""
    end: int
    """The place behind its last token."""
    meaning: Meaning


def find_edits(
    tokens: Sequence[Token], *, is_free: IsFree = lambda _start, _end: True
) -> Iterator[Edit]:
    """Those that begin at each token, the longest of each, so that they may overlap.

    `is_free` says of the places of a first token and behind a last one whether nothing that is one
    thing is cut by them: the "in" of "how does that look in May" is a part of the time.
    """
    reader = TokenReader(tokens, ANY_DAY, CATEGORIES)
    for at in range(len(tokens)):
        read = EDITS.read_longest(reader, at)
        for end in range(read[1] if read else at, at, -1):
            if not is_free(at, end):
                read = None
            elif read is None:
                shorter = TokenReader(tokens[:end], ANY_DAY, CATEGORIES)
                read = EDITS.read_longest(shorter, at)
            if read is not None:
                break
        if read is not None:
            yield Edit(at, read[1], read[0])


EDITS, OBJECTS, AS_ONE, PEOPLE, PLACES = Rules(), Rules(), Rules(), Rules(), Rules()
SEEN, DEGREES, HOW_TO, MANY = Rules(), Rules(), Rules(), Rules()
TARGETS, ALONG, WAITS = Rules(), Rules(), Rules()


@SEEN.add(
    "OBJECT",
    "the|that|this|your? list|line|curve|series|chart|table|numbers|figures|rows|days|weeks|"
    "months|values|result|results|output|graph|answer",
    "there|they",
)
@DEGREES.add(
    "too|quite|very|rather|pretty|so|really|way|far|much|slightly|somewhat|still|bit|not"
)
@DEGREES.add("a bit|little|tad|touch")
@HOW_TO.add(
    "to read|follow|see|look|digest|use|compare|tell at?",
    "for me|us|my|our now|slides|boss?",
)
@MANY.add(
    "rows|lines|countries|products|numbers|detail|details|figures|columns|bars",
    "of? OBJECT",
)
def read_remark_part(_: Captures) -> str:
    return "remark"


@OBJECTS.add(
    "it|that|this|them|those|these|everything",
    "all of? it|that|them|these|those|this?",
    "the|that|this|my|our|your whole|full|entire|complete? "
    "list|table|result|results|figures|numbers|rows|view|chart|breakdown|report|query|answer|"
    "selection|output|lot|thing|values|amounts|figure",
)
@PLACES.add("first", "at|on|up|to the? very? top|start|beginning")
@AS_ONE.add(
    f"to|into|in|as|for|with just|only? a|an|one|single|1 single|grand|overall? {NUMBER}",
    "as|in one",
)
@PEOPLE.add(
    "the|those|our? customers|customer|buyers|shoppers|people|clients|ones|those|guys|folks"
)
def read_object(_: Captures) -> str:
    return "object"


@TARGETS.add("OBJECT", f"the|that|this|my|our time|date|reporting? {SETTINGS}")
@ALONG.add(
    "as|while it|we|they|you|things goes|go|come|comes|grows|grow|moves|move|builds|build "
    "along|on|by|in|up?",
    "from PERIOD to PERIOD",
    "PERIOD after|by|on|over|upon PERIOD",
    "with|after|at|up each|every|to PERIOD|point|step|entry",
    "at|up to? each|every|that|any point|step|stage|moment",
    "over time",
    "step|bit|piece by step|bit|piece",
    "one after the other|another|next",
    "along the way",
    "progressively|successively|cumulatively|continuously",
    "on top of each other|another",
)
@WAITS.add(
    "no|nope|nah|wait|sorry|oops|whoops|stop|argh|damn|oh|ah|actually|hmm|hm|ups|apologies",
    "hang|hold on a|one? second|sec|minute|moment?",
    "one|a|just second|sec|minute|moment",
    "my mistake|bad|error|fault|slip",
    "that|this|it was my mistake|bad|error|fault|slip",
    "a? typo|mistake",
    "i misspoke|mistyped",
    "let me correct|rephrase that|this|it|myself",
    "correction",
    "i made a mistake|typo",
    f"the? wrong|incorrect {NAMED}",
    f"that|this|it was|is|thats the? wrong|incorrect {NAMED}",
    f"i picked|chose|took|said|wrote|typed|used|gave|named|entered|meant the? wrong {NAMED}",
    "not|no that|this one",
)
def read_part(_: Captures) -> str:
    return "part"


@EDITS.add(
    f"{NARROWING} OBJECT? down|back? to|on|for|by just|only|nothing|but?",
    f"{NARROWED} down|back? to|on|for|by just|only?",
    "cut|bring|keep|scale OBJECT? down|back to just|only?",
    "cut|keep|bring|scale OBJECT to just|only?",
    "cut to",
    "just|only leave|keep|count|include|consider me|us?",
    "leave|keep|count|include|consider me|us? only|just",
    "look|looking|focus|concentrate only|just at|on|in?",
    "just|only look|looking|focus|focusing|focussing|concentrate at|on",
    "just|only|solely care|interested|concerned about|for|in|with?",
    "care only|solely|just|mostly about|for",
    "will|would|should|'ll do",
    "is|are|would be? enough|sufficient|plenty",
    "is|are all i|we need|want|require",
    "is|are all i|we care about",
    "suffices|suffice",
)
def read_only(_: Captures) -> Meaning:
    return Meaning(Role.ONLY)


@EDITS.add(
    "i|we? don't|dont|won't not? need|want|show|count|care|like|require|use about|for|me|to? "
    "see|include|have?",
    "i|we? do|will not need|want|show|count|care|like|require|use about|for|me|to? "
    "see|include|have?",
    "no need for|to see|show|include?",
    "i|we? no longer need|want|care about|for?",
    "not interested in",
    "kick|throw|strip|filter|weed|leave|take|cut|screen|chuck out|off|away|aside",
)
def read_exclusion(_: Captures) -> Meaning:
    return Meaning(Role.EXCLUDE)


@EDITS.add(f"{TAKING} OBJECT out|off|away|aside", f"{DROPPING} OBJECT out?")
def read_exclusion_back(found: Captures) -> Meaning | None:
    """ "Leave them off", "drop those": what was named before."""
    is_pronoun = found.reader.get_word(found.start + 1) in PRONOUNS
    ends = found.reader.get_word(found.end) in ENDS
    return Meaning(Role.EXCLUDE, BACK) if is_pronoun and ends else None


@EDITS.add(
    "can|could|may|should|must go",
    "can|could|may|should|must be left|taken|thrown|cut|filtered|stripped out|off|away|aside",
    "can|could|may|should|must be dropped|excluded|removed|skipped|hidden|ignored|omitted|deleted",
    "is|are not|no needed|relevant|required|wanted|necessary|interesting|important",
    "isn't|aren't needed|relevant|required|wanted|necessary|interesting|important",
)
def read_exclusion_behind(found: Captures) -> Meaning | None:
    """ "Germany can go": of the names before it."""
    ends = found.reader.get_word(found.end) in ENDS
    return Meaning(Role.EXCLUDE, BACK) if ends else None


@EDITS.add(
    f"{ADDING} OBJECT up|together ASONE?",
    f"{ADDING} up|together OBJECT ASONE?",
    f"{ADDING} the two|three|four|five up|together ASONE?",
    f"{ADDING} both|all up|together ASONE?",
    f"{JOINING} OBJECT ASONE?",
    f"{JOINING} both ASONE?",
    f"{ADDING} them|those|these|both ASONE",
    f"{ADDING} them|those|these|both",
    f"{JOINING} the two|three|four|five ASONE?",
    "put|make|turn OBJECT together? ASONE",
    "do|does|did|would they|it|that|this|these|those add|sum|amount|come|total|make "
    "up? to? in? all?",
    "they|it|that|this|these|those|two|both add|adds|sum|sums|amount|amounts|come|comes up? to",
    "ASONE for|of all|everything|it|them|both?",
    "without|drop|lose|no|undo|remove|forget|skip the|any? "
    "split|breakdown|grouping|groups|splitting",
    "not broken|split|grouped down|up|apart?",
    "ungroup|ungrouped|unsplit OBJECT?",
    "grand|overall total|sum",
)
def read_sum(found: Captures) -> Meaning | None:
    """ "Add them" to something is no sum."""
    last = found.reader.get_word(found.end - 1)
    is_open = last in PRONOUNS | {"both"} and found.end - found.start == 2
    ends = found.reader.get_word(found.end) in SIGNS | {"please", "now", "and", "for"}
    return Meaning(Role.SUM_UP) if ends or not is_open else None


@EDITS.add("ASONE")
def read_one_sum(found: Captures) -> Meaning | None:
    """ "In one figure", "as a total"; orders "with a value" are none."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    is_one = not {"one", "single"}.isdisjoint(words) and words[0] != "for"
    is_one &= found.reader.get_word(found.end) in SIGNS | ENDS | {"of"}
    is_sum = words[0] == "as" and words[-1] in {"total", "sum"}
    return Meaning(Role.SUM_UP) if is_one or is_sum else None


@EDITS.add(
    f"{UNDOING} the|any|that|this|all|my? of? the? "
    "filter|filters|restriction|restrictions|filtering|constraint|constraints on|for|by|of? the?",
    "not filtered|restricted|limited by|to?",
    "unfiltered|unrestricted",
)
def read_unfiltering(_: Captures) -> Meaning:
    """ "Drop the filter", "remove the filter on country"."""
    return Meaning(Role.FORGET)


@EDITS.add(
    "for|to? all|every the|our|my|kinds? of? customers|customer|buyers|shoppers|people",
    "for|to? everyone|everybody",
)
def read_everyone(found: Captures) -> Meaning | None:
    """Where nothing else is said of whom figures are."""
    before = found.reader.get_word(found.start - 1)
    is_back = before in {"back", "now", "and"} or found.start == 0
    is_alone = found.reader.get_word(found.end) in {
        "",
        "again",
        ".",
        "?",
        "!",
        "instead",
        "please",
    }
    return Meaning(Role.FORGET, "customer_status") if is_back and is_alone else None


@EDITS.add(
    "next to OBJECT",
    "beside|alongside OBJECT",
    "in|as a|an|another second|third|extra|additional|separate|new? column",
    "a|an|another? extra|additional|separate|new? column|columns",
    "on top of OBJECT",
    "alongside|beside",
    "for|as|in a|the? comparison|reference",
    "to compare OBJECT? with|to?",
)
def read_addition(found: Captures) -> Meaning | None:
    """ "With the number of orders next to it", "and Q2 for comparison"."""
    is_end = (
        found.end - found.start > 1 or found.reader.get_word(found.end) in SIGNS | ENDS
    )
    is_next = found.reader.get_word(found.start) not in {"for", "as", "in", "to"}
    is_end &= is_next or found.reader.get_word(found.end) in SIGNS | ENDS
    return Meaning(Role.ALSO, NEXT_TO) if is_end else None


@EDITS.add(
    "can|could|may i|we|you also|additionally get|have|see|show|give|add|include|tell me|us?",
)
def read_request_also(_: Captures) -> Meaning:
    return Meaning(Role.ALSO)


@EDITS.add("plus")
def read_plus(found: Captures) -> Meaning | None:
    """At the beginning it adds something."""
    return Meaning(Role.ALSO) if found.start == 0 else None


@EDITS.add("in|from|to|for|of the (states)")
def read_united_states(found: Captures) -> Meaning | None:
    is_name = not found.reader.is_lower(found.end - 1)
    return Meaning(Role.VALUE, "US", "country") if is_name else None


@EDITS.add(
    "extend|widen|expand|broaden|stretch|enlarge|lengthen OBJECT? out|up? to|over|on|for|by?",
    "change|switch|set|move|turn|adjust|amend|update|shift|bring|put|reset TARGET back|over? "
    "to|into",
    "swap|replace|exchange|trade|substitute|switch|change OBJECT out? for|with|by|against",
    "tighten|loosen|relax|lower|raise|increase|lift|push TARGET up|down? to",
    "i'd|i|we|we'd would? rather|prefer|sooner to? see|have|get|know|view|look? at?",
    "i'd|i|we|we'd would? like|prefer to? see|have instead|rather",
    "zoom in|into",
    "go|switch|return|jump|come|move|turn|and|now? back to",
    "let's|lets|just? try OBJECT? for|with?",
)
def read_other_time(found: Captures) -> Meaning | None:
    """ "Extend it to the whole year"."""
    is_widened = found.reader.get_word(found.end) in {
        "all",
        "every",
        "everyone",
        "everybody",
    }
    is_back = found.reader.get_word(found.end - 2) == "back"
    return None if is_back and is_widened else Meaning(Role.AGAIN, BACK)


@EDITS.add(
    "split|break|divide|segment|drill|cut|slice OBJECT? down|up? further|again|additionally down? "
    "by|into|per",
)
def read_further_split(_: Captures) -> Meaning:
    """ "Split that further by country": the rows there are, and more of them."""
    return Meaning(Role.ALSO, BACK)


@EDITS.add("is|are|was|were that|it|this|those a lot|little|bit|few")
def read_amount(found: Captures) -> Meaning | None:
    """ "Is that a lot compared with last year?"."""
    after = found.reader.get_word(found.end)
    is_compared = after in {
        "compared",
        "against",
        "vs",
        "versus",
        "relative",
        "than",
        "for",
    }
    return Meaning(Role.FILLER, BACK) if is_compared else None


@EDITS.add(
    "would|will|might|may|could be|do better|nicer|easier|best|preferable|useful|clearer|fine",
    "is|are|works better|nicer|easier|best|preferable|clearer for? me|us?",
)
def read_preference(found: Captures) -> Meaning | None:
    """ "Weekly figures would be better": that is what is asked for."""
    return (
        Meaning(Role.FILLER)
        if found.reader.get_word(found.end) in SIGNS | ENDS
        else None
    )


@EDITS.add(
    "REACTION",
    "very|really|quite|super|that's|thats|it's REACTION",
    "that|this|it is|was|looks REACTION",
    "no no no?",
    "that|it|this|thats|its|they're REACTION",
    "DEGREE DEGREE? QUALITY HOWTO?",
    "SEEN is|are|look|looks|seem|seems|was|were|get|gets DEGREE? DEGREE? QUALITY HOWTO?",
    "that|it|this|thats|its|they're DEGREE? DEGREE? QUALITY HOWTO?",
    "SEEN is|are a lot|mess",
    "that|it|this|thats a lot|mess of|to? SEEN?",
    "SEEN is|are too|so|that many|much MANY?",
    "that|it|this|thats too|so|that many|much MANY?",
    "too|so many|much MANY?",
    "i|we don't|dont need|want|have|require to|see? all|everything|every|most of? MANY?",
    "i|we do not need|want|require to|see? all|everything|every|most of? MANY?",
    "i|we don't|dont need|want|require that|so many|much of? MANY?",
    "i|we can't|cannot read|see|tell anything|much|a|the? thing|picture|trend? like|from? OBJECT?",
)
def read_remark(found: Captures) -> Meaning | None:
    """What somebody says of the figures before: a clause of its own that asks for nothing."""
    before = found.reader.get_word(found.start - 1)
    after = found.reader.get_word(found.end)
    is_clause = before in SIGNS | PAUSES and after in SIGNS | OPENING
    return Meaning(Role.TALK) if is_clause else None


@EDITS.add(
    "order|sort|rank|arrange|re-order|reorder|resort OBJECT by?",
    "order|sort|rank|arrange OBJECT in order of",
    "put|list|show|line OBJECT up? in order of|by?",
)
def read_sort(found: Captures) -> Meaning | None:
    """ "Order it by" is no order of a customer; "show them in order"."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    is_sort = words[0] not in {"put", "list", "show", "line"} or "order" in words
    return Meaning(Role.SORT) if is_sort else None


@EDITS.add(
    "alphabetically", "in? alphabetical|alphabetic order?",
    "sort|sorted|order|ordered|arrange|arranged|rank|ranked OBJECT? by the? "
    "alphabet|name|names|title|label",
    "chronologically", "in? chronological|chronologic order?", "in? order? of|by date",
    "from? a to|- z",
)  # fmt: skip
def read_name_order(found: Captures) -> Meaning | None:
    """Of the rows by what they are of."""
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    return Meaning(Role.ALPHABETICAL) if words - {"by", "in", "date"} else None


@EDITS.add(
    f"from? the? {LOW} one|ones? to|- the? {HIGH} one|ones?",
    f"with? the? {LOW} one|ones? PLACE",
    f"put|list|show|have|get|start|begin with? the? {LOW} one|ones? PLACE",
    f"start|starting|begin|beginning with|from|at the? {LOW} one|ones?",
    "in? ascending|increasing|rising order",
)
def read_ascending(found: Captures) -> Meaning | None:
    return _read_order(found, Role.ASCENDING)


@EDITS.add(
    f"from? the? {HIGH} one|ones? to|- the? {LOW} one|ones?",
    f"with? the? {HIGH} one|ones? PLACE",
    f"put|list|show|have|get|start|begin with? the? {HIGH} one|ones? PLACE",
    f"start|starting|begin|beginning with|from|at the? {HIGH} one|ones?",
    "in? descending|decreasing|falling order",
)
def read_descending(found: Captures) -> Meaning | None:
    return _read_order(found, Role.DESCENDING)


def _read_order(found: Captures, role: Role) -> Meaning | None:
    """ "The highest first 3" and "the top on the top 5" are none."""
    return None if found.reader.get_word(found.end).isdigit() else Meaning(role)


@EDITS.add(
    "turn|flip|reverse|invert|swap OBJECT around|round|over|upside? down?",
    "turn|flip|reverse|invert|swap the? order|sorting|sequence|ranking around|round|over?",
    "the|in? other|opposite|reverse way round|around?",
    "in? the? opposite|other|reverse|reversed|inverse order|direction",
    "from? the? other|opposite end of? the? list|table|ranking|scale?",
)
def read_flip(found: Captures) -> Meaning | None:
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    says_how = {
        "way",
        "order",
        "direction",
        "around",
        "round",
        "over",
        "down",
        "sorting",
    }
    return (
        None if words.isdisjoint({*says_how, "end", "ranking"}) else Meaning(Role.FLIP)
    )


@EDITS.add(
    "which|what|who ones|one? come|comes|follow|follows|are|is next|after|behind "
    "that|those|these|them|it|this?",
    "which|what|who ones|one? follow|follows|is|are|comes|come? next?",
    "the? next|following ones? after that|those|these|them?",
    "the? ones|rows|places after|behind|following that|those|these|them",
    "and? after|behind those|these|them",
    "that|which|who follow|follows|come|comes|are|is|rank|ranks next|after|behind|below|then? "
    "that|those|these|them|it|this?",
    "below|beneath|underneath|following|past|beyond those|these|them",
    "further|lower|more|next down the|that|this? list|ranking|table|order?",
    "down the list|ranking|table",
    "next in line|order",
    "another|additional|further",
    "the? runners -? up",
    "the? runner -? ups",
)
def read_further(found: Captures) -> Meaning | None:
    """ "Which ones come after those?": nothing else may be said with it."""
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    is_next = not words.isdisjoint(
        {
            *(
                "next",
                "after",
                "behind",
                "follow",
                "follows",
                "runners",
                "below",
                "beneath",
            ),
            *(
                "underneath",
                "following",
                "past",
                "beyond",
                "down",
                "another",
                "additional",
            ),
            *("further", "then"),
        }
    )
    asks_why = "behind" in words and not words.isdisjoint({"is", "are"})
    is_next &= not asks_why  # "What is behind that".
    is_more = words <= {"another", "additional", "further"}
    is_phrase = found.end - found.start > 1
    return Meaning(Role.FURTHER) if is_next and (is_phrase or is_more) else None


@EDITS.add(
    "redo|repeat|rerun|re-run|recalculate|recompute|replay OBJECT? again? "
    "for|with|using|but|in|on|by?",
    "do|run|make|show|give|get|have|see|want me? OBJECT again|over for|with|using|but|in|on|by?",
    f"do|run|make|show|give|get|have|see|want me? the? same|identical {REPEATED}? again? "
    "for|with|using|but|in|on|by|just|only?",
    f"the? same|identical {REPEATED} again|but|now|just|only? "
    "for|with|using|but|in|on|by|limited|restricted? to?",
    "what|how do|does|did|would|will|might OBJECT look|looks|come|turn like|out? "
    "for|if|when|with|in|by|we|you|i?",
    "what|how do|does|did|would|will|might they|things look|looks like? for|if|when|with|in|by?",
)
def read_again(_: Captures) -> Meaning:
    return Meaning(Role.AGAIN, BACK)


@EDITS.add(
    "how do|does|did they|it|that|those|these|this do|perform|fare|compare|look|go|come turn|out?",
)
def read_again_then(found: Captures) -> Meaning | None:
    """ "How did they compare last year?"; "how does it compare with May" compares."""
    after = found.reader.get_word(found.end)
    return (
        None if after in {"with", "to", "against", "on"} else Meaning(Role.AGAIN, BACK)
    )


@EDITS.add(
    "differ|differs|differed|vary|varies|varied|compare|compares|look|looks|split|splits between",
    "differ|differs|differed|vary|varies|varied by|across|with",
    "separately|individually|apart|separated|split|broken for|by|into|between|out",
    "break|split|divide|separate|slice|carve|distribute|cut OBJECT up|out|down|apart? "
    "into|by|between|over|across|per|along",
    "break|split|separate out the?",
    "how does|do|did OBJECT split|break|divide|distribute down|up|out? into|by|between|over|across",
)
def read_by(found: Captures) -> Meaning | None:
    """ "How does it differ between new and returning customers"."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    follows = [
        found.reader.read_category("STATUS", found.end),
        found.reader.get_word(found.end),
    ]
    is_known = (
        words[-1] != "between" or follows[0] is not None or follows[1] in {"the", "our"}
    )
    return Meaning(Role.BY, BACK) if is_known else None


STATUS, NEWCOMERS = Rules(), Rules()


@NEWCOMERS.add("new|fresh", "first -? time")
def read_newcomer(_: Captures) -> str:
    return "new"


@STATUS.add(
    "PEOPLE? NEWCOMER PEOPLE? and|or|vs|versus|/|&|,|from|against|with|. for|by|and? "
    "returning|repeat|existing|regular|recurring|old PEOPLE?",
    "PEOPLE? returning|repeat|existing|regular|recurring|old PEOPLE? and|or|vs|versus|/|&|,|from|"
    "against|with for|by|and? NEWCOMER PEOPLE?",
)
def read_statuses(_: Captures) -> Meaning:
    return Meaning(Role.DIMENSION, "customer_status")


@EDITS.add(
    f"PEOPLE who|that had|have|'ve|already|ever? already|ever|also? {BOUGHT} "
    "with|from|at|here|us? us? before|already|previously|earlier",
    "PEOPLE who|that have|had? come|came|are|were coming? back|returning",
    "repeat|returning|existing|recurring ones|folks|guys",
)
def read_returning(_: Captures) -> Meaning:
    return Meaning(Role.VALUE, "returning", "customer_status")


@EDITS.add(
    f"PEOPLE who|that have|had? {BOUGHT} with|from|at|here|us? us? for the first time",
    f"PEOPLE who|that have|had? never {BOUGHT} with|from|at|here|us? us? before",
    f"PEOPLE who|that hadn't|haven't {BOUGHT} with|from|at|here|us? us? before",
)
def read_new(_: Captures) -> Meaning:
    return Meaning(Role.VALUE, "new", "customer_status")


@EDITS.add(
    f"{CHARTS} {PICTURES}",
    f"as|in|into|with|on|to|of a|an|the|some? {CHARTS}? {PICTURES}|bars|lines",
    f"as|into a|an|the? {CHARTS}",
    f"not|no|instead|rather of|than? as|in? a|an|the? table|list|numbers|{PICTURES}",
    f"draw|plot|sketch|visualize|visualise|graph|chart OBJECT as|in|on? a|an|the? {CHARTS}? "
    "PICTURE?",
    f"turn|make|put|render OBJECT into|as|in|on a|an|the {CHARTS}? {PICTURES}|{CHARTS}",
)
def read_chart(_: Captures) -> Meaning:
    return Meaning(Role.CHART)


@EDITS.add(
    f"{ADDING}|cumulate|accumulate|stack OBJECT up|together? ALONG",
    f"{ADDING}|cumulate|accumulate|stack up? ALONG",
    f"{SUMMED} up|together? ALONG",
    "cumulate|accumulate OBJECT?",
    "as|into a|the? running|cumulative|rolling|progressive total|sum|count",
)
def read_running_total(_: Captures) -> Meaning:
    """ "Add it up week after week"."""
    return Meaning(Role.RUNNING_TOTAL)


@EDITS.add(
    "so that? i|we can|could see|know|tell|follow|compare where|how|what|that|them? "
    "we|i|it|things? are|is|were|was|stand|stood|stands|look|looks|had|have? ALONG?",
)
def read_purpose(found: Captures) -> Meaning | None:
    """Why somebody wants to see it otherwise."""
    return Meaning(Role.TALK) if found.reader.get_word(found.end) in SIGNS else None


@EDITS.add("WAIT ,|.|!|-|;|:? WAIT? ,|.|!|-|;|:? WAIT? ,|.|!|-|;|:?")
def read_hesitation(found: Captures) -> Meaning | None:
    """ "No wait,", "wrong one,": what follows is meant instead."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    is_clear = len(words) > 1 and words[0] not in {"a", "one", "just"}
    is_first = found.start == 0 or found.reader.get_word(found.start - 1) in SIGNS
    return Meaning(Role.AGAIN, BACK) if is_first and is_clear else None


@EDITS.add(
    "it|that|this should|was|were have|supposed|to|meant? to? be|been|read|say",
    "should have been|read|said",
    "i|we should have said|asked|written|typed|chosen|picked|named for|about?",
    "i|we actually|really? meant|wanted|intended to say|ask|write|type|name for|about?",
    "what i|we meant|wanted was|is",
    "make|let it|that be? rather|instead",
    "should be|read|say",
)
def read_correction(found: Captures) -> Meaning | None:
    """ "It should have been"."""
    before = found.reader.get_word(found.start - 1)
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    is_wish = not words.isdisjoint(
        {"should", "supposed", "meant", "wanted", "intended", "make", "let"}
    )
    is_clause = before in SIGNS | PAUSES | {"because", "as", "sorry"}
    return Meaning(Role.AGAIN, BACK) if is_clause and is_wish else None


@EDITS.add("on its|their own", "by itself|themselves", "in isolation", "taken alone")
def read_alone(found: Captures) -> Meaning | None:
    return Meaning(Role.ONLY) if found.start else None


@EDITS.add(
    "without|stop|no|not longer? "
    "limiting|restricting|filtering|narrowing|confining|limited|filtered OBJECT? "
    "down? to|by|for|on|it?",
    "don't|dont limit|restrict|filter|narrow|confine OBJECT? down? to|by|for|on any? longer?",
    f"{UNDOING} the|that|this|my|our {FILTERED} filter|filters|restriction|limit|limitation",
    f"{UNDOING} {FILTERED}? filter|filters again?",
    "not? only|just anymore",
    "not only|just|merely",
    f"in|from|for|to|of any {FILTERED}",
)
def read_unlimiting(found: Captures) -> Meaning:
    """ "Without limiting it to the UK", "drop the country filter"."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    named = next((word for word in words if word in FILTERED.split("|")), "")
    return Meaning(Role.FORGET, FILTERS.get(named, named))


@EDITS.add(
    "give|show|list|display|want|see me|us? all|everything of? them|those|these?"
)
def read_all_rows(found: Captures) -> Meaning | None:
    ends = found.reader.get_word(found.end) in {
        "",
        ".",
        "!",
        "?",
        "please",
        "now",
        "again",
    }
    return Meaning(Role.EVERY_VALUE) if ends else None


@EDITS.add("filter|filters|filtered on|by|to|for|:?")
def read_filter(found: Captures) -> Meaning | None:
    """ "Filter: US"."""
    return Meaning(Role.ONLY) if found.start == 0 and found.end > 1 else None


@EDITS.add("smooth|smoothen OBJECT out?", "smooth out OBJECT", "smoothed out?")
def read_smoothing(_: Captures) -> Meaning:
    return Meaning(Role.MOVING_AVERAGE)


def _read_picture(reader: TokenReader, at: int) -> tuple[str, int] | None:
    word = reader.get_word(at)
    return (word, at + 1) if word in PICTURES.split("|") else None


@EDITS.add("STATUS")
def read_status_rows(found: Captures) -> Meaning:
    meaning: Meaning = found[0]
    return meaning


CATEGORIES: Mapping[str, Category] = {
    "OBJECT": OBJECTS.read_longest,
    "ASONE": AS_ONE.read_longest,
    "PEOPLE": PEOPLE.read_longest,
    "PLACE": PLACES.read_longest,
    "TARGET": TARGETS.read_longest,
    "ALONG": ALONG.read_longest,
    "WAIT": WAITS.read_longest,
    "PERIOD": build_words(
        frozenset({"hour", "day", "week", "month", "quarter", "year"})
    ),
    "STATUS": STATUS.read_longest,
    "NEWCOMER": NEWCOMERS.read_longest,
    "PICTURE": _read_picture,
    "SEEN": SEEN.read_longest,
    "REACTION": build_words(REACTIONS),
    "DEGREE": DEGREES.read_longest,
    "QUALITY": build_words(QUALITIES),
    "HOWTO": HOW_TO.read_longest,
    "MANY": MANY.read_longest,
}
