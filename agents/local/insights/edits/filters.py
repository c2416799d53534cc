"""Phrases that say of what rows are: "narrow it down to", "leave them off", "drop the filter"."""

from collections.abc import Mapping

from agents.local.insights.edits.words import (
    BACK,
    ENDS,
    LAST,
    PRONOUNS,
    UNDOING,
    get_before,
    get_behind,
    list_words,
)
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.language.grammar import Captures, Category, Rules

NARROWING = (
    "limit|restrict|confine|narrow|reduce|filter|trim|shorten|whittle|boil|pare|shrink"
)
NARROWED = "limited|restricted|confined|narrowed|reduced|filtered|trimmed|shortened|cut"
TAKING = "take|leave|cut|filter|throw|strip|kick|pull|chuck|weed|screen|put|move|keep"
DROPPING = "drop|exclude|remove|skip|hide|ignore|omit|forget|lose|delete|scrap|disregard|discard"
FILTERED = (
    "country|category|product|brand|state|region|tag|currency|weekday|customer|status"
)
FILTERS = {
    "region": "state",
    "customer": "customer_status",
    "status": "customer_status",
}
"""Dimensions by the words for their filters, where these are others."""
BOUGHT = "bought|ordered|purchased|shopped"

FILTERING, STATUSES, NEWCOMERS, PEOPLE = Rules(), Rules(), Rules(), Rules()


@FILTERING.add(
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
    "will|would|should do",
    "is|are|would be? enough|sufficient|plenty",
    "is|are all i|we need|want|require",
    "is|are all i|we care about",
    "suffices|suffice",
)
def read_only(found: Captures) -> Meaning:
    """ "Could you reduce that to" points at the figures before."""
    points = PRONOUNS.intersection(list_words(found)) and found.end - found.start > 2
    return Meaning(Role.ONLY, BACK if points else "")


@FILTERING.add("filter|filters|filtered on|by|to|for|:?")
def read_filter(found: Captures) -> Meaning | None:
    """ "Filter: US"."""
    return Meaning(Role.ONLY) if found.start == 0 and found.end > 1 else None


@FILTERING.add(
    "on its|their own", "by itself|themselves", "in isolation", "taken alone"
)
def read_alone(found: Captures) -> Meaning | None:
    return Meaning(Role.ONLY) if found.start else None


@FILTERING.add(
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


@FILTERING.add(f"{TAKING} OBJECT out|off|away|aside", f"{DROPPING} OBJECT out?")
def read_exclusion_back(found: Captures) -> Meaning | None:
    """ "Leave them off", "drop those": what was named before."""
    is_pronoun = found.reader.get_word(found.start + 1) in PRONOUNS
    ends = get_behind(found) in ENDS
    return Meaning(Role.EXCLUDE, BACK) if is_pronoun and ends else None


@FILTERING.add(
    "can|could|may|should|must go",
    "can|could|may|should|must be left|taken|thrown|cut|filtered|stripped out|off|away|aside",
    "can|could|may|should|must be dropped|excluded|removed|skipped|hidden|ignored|omitted|deleted",
    "is|are not|no needed|relevant|required|wanted|necessary|interesting|important",
    "isn't|aren't needed|relevant|required|wanted|necessary|interesting|important",
)
def read_exclusion_behind(found: Captures) -> Meaning | None:
    """ "Germany can go": of the names before it."""
    ends = get_behind(found) in ENDS
    return Meaning(Role.EXCLUDE, BACK) if ends else None


@FILTERING.add(
    f"{UNDOING} the|any|that|this|all|my? of? the? "
    "filter|filters|restriction|restrictions|filtering|constraint|constraints on|for|by|of? the?",
    f"{UNDOING} the|any|that|this|all|my? exclusion|exclusions|exception|exceptions|omission "
    "of|for|on? the?",
    "not filtered|restricted|limited by|to?",
    "unfiltered|unrestricted",
)
def read_unfiltering(_: Captures) -> Meaning:
    """ "Drop the filter", "remove the filter on country"."""
    return Meaning(Role.FORGET)


@FILTERING.add(
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
    words = list_words(found)
    named = next((word for word in words if word in FILTERED.split("|")), "")
    return Meaning(Role.FORGET, FILTERS.get(named, named))


@FILTERING.add(
    "for|to? all|every the|our|my|kinds? of? customers|customer|buyers|shoppers|people",
    "for|to? everyone|everybody",
)
def read_everyone(found: Captures) -> Meaning | None:
    """Where nothing else is said of whom figures are."""
    is_back = get_before(found) in {"", "back", "now", "and"}
    is_alone = get_behind(found) in LAST
    return Meaning(Role.FORGET, "customer_status") if is_back and is_alone else None


@FILTERING.add("in|from|to|for|of the (states)")
def read_united_states(found: Captures) -> Meaning | None:
    is_name = not found.reader.is_lower(found.end - 1)
    return Meaning(Role.VALUE, "US", "country") if is_name else None


@FILTERING.add(
    f"PEOPLE who|that had|have|already|ever? already|ever|also? {BOUGHT} "
    "with|from|at|here|us? us? before|already|previously|earlier",
    "PEOPLE who|that have|had? come|came|are|were coming? back|returning",
    "repeat|returning|existing|recurring ones|folks|guys",
)
def read_returning(_: Captures) -> Meaning:
    return Meaning(Role.VALUE, "returning", "customer_status")


@FILTERING.add(
    f"PEOPLE who|that have|had? {BOUGHT} with|from|at|here|us? us? for the first time",
    f"PEOPLE who|that have|had? never {BOUGHT} with|from|at|here|us? us? before",
    f"PEOPLE who|that hadn't|haven't {BOUGHT} with|from|at|here|us? us? before",
)
def read_new(_: Captures) -> Meaning:
    return Meaning(Role.VALUE, "new", "customer_status")


@NEWCOMERS.add("new|fresh", "first -? time")
def read_newcomer(_: Captures) -> str:
    return "new"


@STATUSES.add(
    "PEOPLE? NEWCOMER PEOPLE? and|or|vs|versus|/|&|,|from|against|with|. for|by|and? "
    "returning|repeat|existing|regular|recurring|old PEOPLE?",
    "PEOPLE? returning|repeat|existing|regular|recurring|old PEOPLE? and|or|vs|versus|/|&|,|from|"
    "against|with for|by|and? NEWCOMER PEOPLE?",
)
def read_statuses(_: Captures) -> Meaning:
    return Meaning(Role.DIMENSION, "customer_status")


@PEOPLE.add(
    "the|those|our? customers|customer|buyers|shoppers|people|clients|ones|those|guys|folks"
)
def read_people(_: Captures) -> str:
    return "people"


FILTER_CATEGORIES: Mapping[str, Category] = {
    "FILTERING": FILTERING.read_longest,
    "STATUS": STATUSES.read_longest,
    "NEWCOMER": NEWCOMERS.read_longest,
    "PEOPLE": PEOPLE.read_longest,
}
