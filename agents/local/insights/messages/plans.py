"""Knows a sentence that says what somebody is about to do, or wants to understand, before or behind
the question proper: "I'm putting together a bestseller list. Which products sold most?". Pure.

It asks for nothing; what it names and the question lacks is what the question is of.
"""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.messages.questions import Reading, is_complete
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.talk.clause_words import INTERROGATIVES, Words
from agents.local.insights.talk.statements import split_words
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.ordinary_words import is_verb

SPEAKERS = frozenset({"i", "we"})
BEING = frozenset({"'m", "'re", "am", "are", "was", "were", "'ve", "have", "been"})
ADVERBS = frozenset({
    "currently", "just", "now", "also", "still", "really", "actually", "right", "busy", "about",
    "here", "only", "mainly", "basically", "presently", "again", "all", "both", "always", "already",
    "first", "simply", "eventually", "finally", "soon", "today", "very", "quite", "rather", "being",
    "in", "the", "process", "middle", "of", "supposed", "asked", "told", "hoping", "set",
})  # fmt: skip
"""May stand between somebody and what is done."""
REQUESTS = frozenset({
    "asking", "wondering", "requesting", "wanting", "needing", "after", "interested", "missing",
    "querying", "inquiring", "enquiring", "seeking", "waiting", "talking", "speaking", "meaning",
    "selling", "getting", "making", "earning", "losing", "using", "sorting", "ranking",
})  # fmt: skip
"""Of who does that, the object is asked for; some are what a shop does with figures."""
WISHES = frozenset({
    "want", "wanted", "need", "needed", "like", "love", "wish", "have", "has", "plan", "hope",
    "intend", "aim", "try", "mean", "ought", "prefer", "got", "must", "should", "will", "'ll",
    "'d", "would", "going", "trying", "planning", "hoping", "intending", "aiming", "attempting",
    "meaning", "wanting", "looking", "about", "supposed", "gonna", "wanna", "keen", "eager", "may",
    "might", "shall", "expect", "decided", "tasked", "working", "ready", "preparing",
})  # fmt: skip
SHOWING = frozenset({
    "see", "know", "get", "have", "hear", "view", "show", "list", "ask", "count", "be", "look",
    "limit", "include", "exclude", "filter", "focus", "restrict", "narrow", "leave", "keep", "skip",
    "ignore", "add", "remove", "sort", "rank", "group", "break", "split", "compare", "calculate",
    "compute", "find", "tell", "give", "read", "request", "receive", "obtain", "learn", "pull",
    "display", "output", "print", "chart", "plot", "graph", "drop", "use", "take", "start", "sum",
    "order", "set", "make", "check", "total", "contrast",
})  # fmt: skip
"""What is wanted to be done for the one who asks: the object is asked for."""
AIMS = frozenset({
    "goal", "aim", "plan", "task", "job", "idea", "objective", "project", "intention", "purpose",
    "mission", "ambition", "target", "homework", "assignment", "focus", "topic", "priority",
    "concern", "worry", "challenge", "problem", "hope", "interest",
})  # fmt: skip
CURIOUS = frozenset(
    {"curious", "worried", "concerned", "thinking", "keen", "nervous", "unsure"}
)
OWN = frozenset({"my", "our", "the"})
ADDING = frozenset(
    {"and", "also", "plus", "then", "furthermore", "additionally", "besides"}
)
ASKING = (Role.HOW_MANY, Role.HOW_MUCH, Role.WHICH, Role.OVERVIEW)
COURSE = (Role.BY, Role.HOW_MANY, Role.HOW_MUCH, Role.WHICH)


def settle_plans(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The questions without the sentences that only say what somebody has in mind, with what these
    name where a question has none."""
    for place, reading in enumerate(readings):
        before, behind = readings[:place], readings[place + 1 :]
        plan = reading.question.request
        of = next((each for each in (*behind, *before) if _is_asked(each, plan)), None)
        if of is not None and _is_mere_plan(reading):
            kept = [
                _take_context(each, plan) if each is of else each
                for each in (*before, *behind)
            ]
            return settle_plans(kept)
    return readings


def _is_mere_plan(reading: Reading) -> bool:
    question, request = reading.question, reading.question.request
    is_figure = is_complete(request) and not question.unknown and not question.questions
    return is_figure and not reading.is_asked and states_plan(question)


def states_plan(question: Question) -> bool:
    """Whether a sentence is about what the one who asks does or wants to do, and shows nothing."""
    words = split_words(question.said)
    said = [word for word, _ in words]
    if question.has(*COURSE) or not INTERROGATIVES.isdisjoint(said):
        return False
    if said[:1] and said[0] in OWN:
        is_aim = not AIMS.isdisjoint(said[1:4]) and bool({"is", "was"} & {*said[1:6]})
        return is_aim and SHOWING.isdisjoint(said[2:8])
    if not said or said[0] not in SPEAKERS:
        return _is_busy(words)
    return _is_doing(said[1:]) or _wants_to_do(said[1:])


def _is_busy(words: Words) -> bool:
    """ "Preparing the annual report", with nobody before it."""
    said = [word for word, _ in words]
    is_verb_form = bool(said) and said[0].endswith("ing") and is_verb(said[0])
    is_of_talk = bool(said) and words[0][1].has(Role.TALK, Role.FILLER)
    is_unknown = bool(said) and words[0][1].is_unknown
    return is_verb_form and said[0] not in REQUESTS and (is_of_talk or is_unknown)


def _is_doing(said: Sequence[str]) -> bool:
    """ "'m putting together", "am currently working on", "'m curious about"."""
    if not said or said[0] not in BEING:
        return False
    rest = [word for word in said[1:] if word not in ADVERBS]
    if not rest or rest[0] in REQUESTS or rest[:2] == ["looking", "for"]:
        return False
    if rest[0] in WISHES and rest[1:2] == ["to"]:
        return rest[2:3] != [] and rest[2] not in SHOWING
    return rest[0] in CURIOUS or (rest[0].endswith("ing") and is_verb(rest[0]))


def _wants_to_do(said: Sequence[str]) -> bool:
    """ "Want to understand", "'d like to improve", "have to prepare", "will write"."""
    rest = [word for word in said if word not in ADVERBS]
    at = 0
    while at < len(rest) and rest[at] in WISHES:
        at += 1
    if not at:
        return False
    is_bare = rest[at - 1] in {"will", "'ll", "must", "should", "shall", "may", "might"}
    if rest[at : at + 1] == ["to"]:
        at += 1
    elif not is_bare:
        return False
    return at < len(rest) and rest[at] not in SHOWING and is_verb(rest[at])


def _is_asked(reading: Reading, plan: Request) -> bool:
    """Whether a sentence is a question by itself, or lacks no more than the figure of the plan:
    "which products sold most", "how many were there"; not "and also the refunds"."""
    question, request = reading.question, reading.question.request
    first = question.said[0].text.casefold().split() if question.said else []
    adds = not ADDING.isdisjoint(first[:1]) or question.has(Role.ALSO)
    lacks_figure = (
        bool(plan.metrics) and plan.descending is None and not request.is_empty
    )
    return (
        (is_complete(request) or lacks_figure)
        and not adds
        and not states_plan(question)
    )


def _take_context(reading: Reading, plan: Request) -> Reading:
    """The question of what the plan names; "them" in it are these."""
    request, question = reading.question.request, reading.question
    if not (request.window or request.windows or request.shift):
        request.window, request.windows = plan.window, list(plan.windows)
        if request.compare_to is None and request.compare_shift is None:
            request.compare_to = plan.compare_to
    named = {each["dimension"] for each in request.filters}
    request.filters = [
        *(each for each in plan.filters if each["dimension"] not in named),
        *request.filters,
    ]
    request.currency = request.currency or plan.currency
    names_figure = question.has(Role.METRIC, Role.METRIC_VERB, Role.SUPERLATIVE)
    if plan.metrics and not (names_figure or request.analysis):
        request.metrics = list(plan.metrics)
    is_open = request.descending is not None or not question.has(*ASKING)
    if not request.group_by and is_open and (request.metrics == plan.metrics):
        request.group_by = list(plan.group_by)
    return replace(reading, question=replace(question, points_back=False))
