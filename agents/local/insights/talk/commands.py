"""Knows a clause that tells somebody to do what is no change of figures, by its shape: a verb that
means nothing in a question, before somebody or something that is no figure. Pure.

"Settle an argument for us", "hit me", "don't laugh", "updating the website".
"""

from collections.abc import Sequence
from itertools import pairwise

from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary, is_verb

POLITE = frozenset({
    "just", "please", "pls", "quickly", "kindly", "simply", "quick", "could", "can", "would",
    "will", "you", "u", "let", "lemme", "me", "us", "now", "first", "maybe", "perhaps",
})  # fmt: skip
"""May stand before the verb of a command."""
DENYING = frozenset({"don't", "dont", "never", "do", "not"})
OPERATING = frozenset({
    "strip", "deduct", "subtract", "net", "discount", "factor", "assume", "consider", "focus",
    "limit", "restrict", "filter", "omit", "include", "exclude", "leave", "skip", "drop", "ignore",
    "disregard", "forget", "remove", "take", "treat", "count", "classify", "group", "split",
    "convert", "use", "apply", "keep", "hold", "set", "make", "change", "switch", "replace", "add",
    "combine", "merge", "sum", "narrow", "widen", "expand", "zoom", "drill", "pick", "choose",
    "select", "stick", "suppose", "cut", "throw", "lose", "eliminate", "clear", "clean", "weed",
    "correct", "adjust", "reduce", "restore", "return", "bring", "put", "mix", "match", "weigh",
    "weight", "compare", "contrast", "break", "divide", "multiply", "order", "sort", "rank",
    "start", "stop", "begin", "end", "cap", "trim", "swap", "isolate", "separate", "distinguish",
    "cover", "want", "need", "like", "mean", "see", "know", "look", "show", "give", "tell", "get",
    "buy", "sell", "only", "charge", "pay", "bill", "ship", "deliver", "send", "check", "smooth",
    "double", "track", "trace", "monitor", "define", "extend", "enter", "insert",
})  # fmt: skip
"""Verbs that may change what is asked for, whatever their object is."""
OBJECTS = frozenset({
    "me", "us", "it", "them", "him", "her", "you", "yourself", "my", "our", "your", "his", "their",
    "the", "a", "an", "this", "that", "these", "those", "one", "some", "no", "any", "another", "up",
    "out", "on", "with", "in", "off", "down", "back", "for", "to", "at", "if", "why", "",
})  # fmt: skip
"""What may follow the verb of a command; a bare noun may be one of the shop: "strip wholesale"."""
ARTICLES = frozenset({"a", "an"})
"""Before a word that is not known, say that it is none of the shop: "settle an argument"."""
BELONGING = frozenset({
    "containing", "regarding", "concerning", "considering", "using", "counting", "costing",
    "starting", "beginning", "ending", "having", "being", "coming", "going", "paying", "buying",
    "weighing", "following", "matching", "bearing", "carrying", "showing", "featuring",
    "involving", "assuming", "covering", "spanning", "including", "excluding", "living",
    "ordering", "returning", "growing", "selling", "remaining", "missing", "depending", "relating",
    "pertaining", "referring", "owing", "according", "belonging", "wearing", "holding", "keeping",
    "leaving", "taking", "getting",
})  # fmt: skip
"""Participles of goods and customers, which narrow figures."""
BUSY_WITH = frozenset({
    "the", "a", "an", "my", "our", "this", "that", "some", "to", "about", "on", "over", "for", "up",
    "how", "what", "whether", "if", "why",
})  # fmt: skip
MAX_OPENING = 8
"""Characters of words that may stand before who is busy with something."""
NARROWING = (
    Role.METRIC, Role.SUPERLATIVE, Role.ANALYSIS, Role.BY, Role.BREAKDOWN, Role.ONLY, Role.EXCLUDE,
    Role.INSTEAD_OF, Role.DIMENSION, Role.DIMENSIONS, Role.GAP, Role.COMPARE, Role.SORT,
)  # fmt: skip
Words = Sequence[tuple[str, Mention]]


def is_idle_command(words: Words) -> bool:
    """ "Settle an argument for us": it names nothing that figures could be of."""
    at = 0
    while at < len(words) and words[at][0] in POLITE | DENYING:
        at += 1
    is_denied = any(word in DENYING for word, _ in words[:at])
    if at == len(words) or not _is_doing(words[at]):
        return False
    after = words[at + 1][0] if at + 1 < len(words) else ""
    has_object = after in OBJECTS and (bool(after) or is_denied)
    return has_object and all(
        _is_idle(each, before) for (before, _), each in pairwise(words[at:])
    )


def is_busy(words: Words) -> bool:
    """ "Updating the website", at the beginning: what the one who asks does."""
    if len(words) < 3 or words[0][1].start > MAX_OPENING:
        return False
    (first, mention), (second, _) = words[:2]
    is_doing = first.endswith("ing") and is_verb(first) and mention.is_unknown
    return is_doing and first not in BELONGING and second in BUSY_WITH


def _is_doing(word: tuple[str, Mention]) -> bool:
    verb, mention = word
    is_base = is_verb(verb) and not verb.endswith(("ed", "ing"))
    is_free = mention.is_unknown or (
        mention.has(Role.FILLER, Role.TALK) and not mention.has(*NARROWING)
    )
    return is_base and is_free and verb not in OPERATING


def _is_idle(word: tuple[str, Mention], before: str) -> bool:
    said, mention = word
    if mention.is_value or mention.time or mention.number or mention.average:
        return False
    if mention.is_unknown:
        is_of_shop = before == "the" and said.endswith("s")  # "Love the hammers."
        return before in ARTICLES or (is_ordinary(said) and not is_of_shop)
    return mention.has(Role.TALK) or not mention.has(*NARROWING)
