"""Words that say what a clause is about and what is done in it, by their class."""

from collections.abc import Sequence

from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention

DETERMINERS = frozenset({
    "the", "a", "an", "my", "our", "his", "her", "their", "your", "this", "that", "some", "many",
    "most", "these", "those", "one", "every", "another", "both",
})  # fmt: skip
PERSONS = frozenset({
    "i", "we", "he", "she", "nobody", "everybody", "everyone", "somebody", "someone", "people",
    "you",
})  # fmt: skip
THINGS = frozenset({"it", "this", "that", "they", "these", "those", "there"})
COPULAS = frozenset({
    "is", "are", "was", "were", "isn't", "aren't", "wasn't", "weren't", "looks", "look", "seems",
    "seem", "feels", "feel", "gets", "became", "becomes", "looked", "seemed", "felt", "sounds",
    "sound", "sounded", "got",
})  # fmt: skip
DENIALS = frozenset(
    {"can't", "cannot", "couldn't", "doesn't", "didn't", "won't", "don't"}
)
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
INTERROGATIVES = frozenset({"which", "what", "how", "why", "what's"})
FIGURES = (
    Role.METRIC, Role.METRIC_VERB, Role.DIMENSION, Role.DIMENSIONS, Role.SUPERLATIVE,
)  # fmt: skip
PEOPLE = frozenset({"customers", "customer_type", "customer_status"})
""" "A customer just called" is about no figure."""
Words = Sequence[tuple[str, Mention]]
