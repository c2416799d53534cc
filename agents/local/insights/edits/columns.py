"""Phrases that add up, split or draw what a table shows: "as one number", "in a new column"."""

from collections.abc import Mapping

from agents.local.insights.edits.words import (
    BACK,
    ENDS,
    NEXT_TO,
    PRONOUNS,
    SIGNS,
    get_behind,
    list_words,
)
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.language.grammar import (
    Captures,
    Category,
    Rules,
    build_words,
)

ADDING = "add|sum|total|tot|tally|lump|roll|count"
JOINING = "total|sum|combine|merge|aggregate"
NUMBER = "number|figure|total|sum|amount|value"
SUMMED = "added|summed|totaled|totalled|tallied|counted|cumulated|accumulated|piled|built|stacked"
INCLUDING = "including|incl|with|plus|counting|containing|adding|includes|included"
UNITS = "days|weeks|months|quarters|years|periods|ones"
CHARTS = "line|bar|column|pie|area|trend|donut|scatter|heatmap|treemap|histogram"
PICTURES = (
    "chart|charts|graph|graphs|plot|diagram|picture|curve|image|visual|visualization"
)

SPLITS = frozenset({
    "split", "breakdown", "grouping", "groups", "splitting", "broken", "grouped",
})  # fmt: skip

TABULATING, AS_ONE, ALONG = Rules(), Rules(), Rules()


@TABULATING.add(
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
    """ "Add them" to something is no sum, nor is "what did they make in May", nor "no split by
    country", of several splits."""
    words = list_words(found)
    if get_behind(found) in {"by", "per", "into"} and not SPLITS.isdisjoint(words):
        return Meaning(Role.EXCLUDE)
    last = found.reader.get_word(found.end - 1)
    is_open = last in PRONOUNS | {"both"} and found.end - found.start == 2
    is_open |= last == "make"
    closing = {"please", "now", "and", "for", "together", "combined", "altogether"}
    ends = get_behind(found) in SIGNS | closing
    return Meaning(Role.SUM_UP) if ends or not is_open else None


@TABULATING.add("ASONE")
def read_one_sum(found: Captures) -> Meaning | None:
    """ "In one figure", "as a total"; orders "with a value" are none."""
    words = list_words(found)
    is_one = not {"one", "single"}.isdisjoint(words) and words[0] != "for"
    is_one &= get_behind(found) in ENDS | {"of"}
    is_sum = words[0] == "as" and words[-1] in {"total", "sum"}
    return Meaning(Role.SUM_UP) if is_one or is_sum else None


@TABULATING.add(
    f"{ADDING}|cumulate|accumulate|stack OBJECT up|together? ALONG",
    f"{ADDING}|cumulate|accumulate|stack up? ALONG",
    f"{SUMMED} up|together? ALONG",
    "cumulate|accumulate OBJECT?",
    f"{INCLUDING}? all|everything of? the? {UNITS} before|preceding|earlier|prior|until "
    "it|that|this|them|then|each? included?",
    f"{INCLUDING}? all|everything of? the? previous|earlier|preceding|prior|past|former {UNITS} "
    "included|added|together?",
    f"{INCLUDING} the? {UNITS} before it|that|this|them",
    f"{INCLUDING} the? previous|earlier|preceding|prior|past {UNITS} included|added",
    f"{INCLUDING} all|everything|anything|whatever before it|that|this|them?",
    f"{INCLUDING} all|everything that|which? came|went|was|has? before it|that|this|them?",
    f"added|adding to the? {UNITS} before it|that|this|them?",
    "as|into a|the? running|cumulative|rolling|progressive total|sum|count",
)
def read_running_total(_: Captures) -> Meaning:
    """ "Add it up week after week"."""
    return Meaning(Role.RUNNING_TOTAL)


@TABULATING.add("smooth|smoothen OBJECT out?", "smooth out OBJECT", "smoothed out?")
def read_smoothing(_: Captures) -> Meaning:
    return Meaning(Role.MOVING_AVERAGE)


@TABULATING.add(
    "next to OBJECT",
    "next to|beside|alongside each|every PERIOD|one|row",
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
    is_short = found.end - found.start == 1
    is_open = is_short or list_words(found)[0] in {"for", "as", "in", "to"}
    ends = get_behind(found) in ENDS
    return Meaning(Role.ALSO, NEXT_TO) if ends or not is_open else None


@TABULATING.add(
    "can|could|may i|we|you also|additionally get|have|see|show|give|add|include|tell me|us?",
)
def read_request_also(_: Captures) -> Meaning:
    return Meaning(Role.ALSO)


@TABULATING.add("plus")
def read_plus(found: Captures) -> Meaning | None:
    """At the beginning it adds something."""
    return Meaning(Role.ALSO) if found.start == 0 else None


@TABULATING.add(
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
    if list_words(found)[-1] == "between":
        names_status = found.reader.read_category("STATUS", found.end) is not None
        if not names_status and get_behind(found) not in {"the", "our"}:
            return None
    return Meaning(Role.BY, BACK)


@TABULATING.add(
    "group|regroup|bucket|cluster|bundle|organize|structure|categorize|"
    "classify|itemize|segment|partition|subdivide|bunch OBJECT? by|per|into|according",
    "make|build|form|create|into groups|buckets|clusters|segments by|per|of|for",
    "put|sort|lump|divide OBJECT into groups|buckets|clusters|segments by|per|of|for",
    "groups|grouping|buckets|clusters by|per",
)
def read_grouping(found: Captures) -> Meaning | None:
    """ "Group this by country", "make groups by brand"."""
    return Meaning(Role.BY, BACK) if found.end - found.start > 1 else None


@TABULATING.add(
    "so that? i|we can|could? see|know|tell|spot|judge what|how|whether|if? much? "
    "it|they|things|that? has|have|was|were? changed|moved|differs|differ|changes|compare|compares",
    "to see what|how|whether|if much? it|they|things|that? has|have|was|were? "
    "changed|moved|differs|differ|changes|compare|compares",
)
def read_comparing(found: Captures) -> Meaning | None:
    """ "Put Q2 next to it so I see what changed": why somebody compares, at the end."""
    is_last = get_behind(found) in ENDS
    return Meaning(Role.COMPARE) if found.start and is_last else None


@TABULATING.add(
    "split|break|divide|segment|drill|cut|slice OBJECT? down|up? further|again|additionally down? "
    "by|into|per",
    "further|additionally|also split|broken|break|divided|divide|segmented|sliced|grouped OBJECT? "
    "down|up|out? by|into|per",
)
def read_further_split(_: Captures) -> Meaning:
    """ "Split that further by country": the rows there are, and more of them."""
    return Meaning(Role.ALSO, BACK)


@TABULATING.add(
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


@AS_ONE.add(
    f"to|into|in|as|for|with just|only? a|an|one|single|1 single|grand|overall? {NUMBER}",
    "as|in one",
)
def read_as_one(_: Captures) -> str:
    return "one"


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
def read_along(_: Captures) -> str:
    """How something runs on: "week after week"."""
    return "along"


COLUMN_CATEGORIES: Mapping[str, Category] = {
    "TABULATING": TABULATING.read_longest,
    "ASONE": AS_ONE.read_longest,
    "ALONG": ALONG.read_longest,
    "PICTURE": build_words(PICTURES.split("|")),
}
