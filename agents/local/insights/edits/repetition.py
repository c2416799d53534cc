"""Phrases that ask for the figures before, with something else: "redo that with", "no, I meant"."""

from collections.abc import Mapping

from agents.local.insights.edits.words import (
    BACK,
    PAUSES,
    SIGNS,
    get_before,
    get_behind,
    list_words,
)
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.language.grammar import Captures, Category, Rules

REPEATED = (
    "thing|list|table|figures|numbers|query|question|report|ranking|calculation|exercise|again"
)  # fmt: skip
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

REPEATING, TARGETS, WAITS, SETTING = Rules(), Rules(), Rules(), Rules()


@REPEATING.add(
    "redo|repeat|rerun|recalculate|recompute|replay OBJECT? again? "
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


@REPEATING.add(
    "how do|does|did they|it|that|those|these|this do|perform|fare|compare|look|go|come turn|out?",
)
def read_again_then(found: Captures) -> Meaning | None:
    """ "How did they compare last year?"; "how does it compare with May" compares."""
    after = get_behind(found)
    return (
        None if after in {"with", "to", "against", "on"} else Meaning(Role.AGAIN, BACK)
    )


@REPEATING.add(
    "extend|widen|expand|broaden|stretch|enlarge|lengthen OBJECT? out|up? to|over|on|for|by?",
    "change|switch|set|move|turn|adjust|amend|update|shift|bring|put|reset TARGET back|over? "
    "to|into",
    "swap|replace|exchange|trade|substitute|switch|change OBJECT out? for|with|by|against",
    "tighten|loosen|relax|lower|raise|increase|lift|push TARGET up|down? to",
    "i'd|i|we|we'd would? rather|prefer|sooner to? see|have|get|know|view|look? at?",
    "i'd|i|we|we'd would? like|prefer to? see|have instead|rather",
    "make|have|set|put|move|change|raise|lower|increase|decrease|reduce|bump|push|drop|bring|get "
    "SETTING up|down? to|at|be|from?",
    "use|with|take|apply|try a|an|another|different|new|higher|lower|stricter SETTING of|at|to?",
    "zoom in|into",
    "go|switch|return|jump|come|move|turn|and|now? back to",
    "let|lets|just? try OBJECT? for|with?",
)
def read_other_time(found: Captures) -> Meaning | None:
    """ "Extend it to the whole year"."""
    is_back = found.reader.get_word(found.end - 2) == "back"
    is_widened = get_behind(found) in {"all", "every", "everyone", "everybody"}
    return None if is_back and is_widened else Meaning(Role.AGAIN, BACK)


@REPEATING.add("WAIT ,|.|!|-|;|:? WAIT? ,|.|!|-|;|:? WAIT? ,|.|!|-|;|:?")
def read_hesitation(found: Captures) -> Meaning | None:
    """ "No wait,", "wrong one,": what follows is meant instead."""
    words = list_words(found)
    is_clear = len(words) > 1 and words[0] not in {"a", "one", "just"}
    is_first = get_before(found) in SIGNS
    return Meaning(Role.AGAIN, BACK) if is_first and is_clear else None


@REPEATING.add(
    "it|that|this should have? be|been|read|say",
    "it|that|this was|were supposed|meant to? be|been|read|say",
    "should have been|read|said",
    "i|we should have said|asked|written|typed|chosen|picked|named for|about?",
    "i|we actually|really? meant|wanted|intended to say|ask|write|type|name for|about?",
    "what i|we meant|wanted was|is",
    "make|let it|that be? rather|instead",
    "should be|read|say",
)
def read_correction(found: Captures) -> Meaning | None:
    """ "It should have been"."""
    is_clause = get_before(found) in SIGNS | PAUSES | {"because", "as", "sorry"}
    return Meaning(Role.AGAIN, BACK) if is_clause else None


@TARGETS.add("OBJECT", f"the|that|this|my|our time|date|reporting? {SETTINGS}")
def read_target(_: Captures) -> str:
    return "target"


@SETTING.add(
    "the|that|this|our|my? minimum|min|lower|upper|maximum|max? "
    "threshold|thresholds|cutoff|cut-off|cutoffs|limit|bar|boundary|floor|hurdle|bound|mark",
    "the|that|this|our|my? minimum|lower|upper|maximum? cut - off",
)
def read_setting(_: Captures) -> str:
    """What rows have to reach."""
    return "setting"


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
def read_wait(_: Captures) -> str:
    return "wait"


REPETITION_CATEGORIES: Mapping[str, Category] = {
    "REPEATING": REPEATING.read_longest,
    "SETTING": SETTING.read_longest,
    "TARGET": TARGETS.read_longest,
    "WAIT": WAITS.read_longest,
}
