"""Parts of the JSON of queries: which ones they have, and how some are taken away."""

from collections.abc import Collection, Iterable

from agents.local.dialogue_state import Json
from webapp.insights.query.definitions import PERIODS

LIMITS = ("limit", "limitBy", "offset")
ALONG_TIME = {"change", "running_total", "moving_average"}
"""Kinds of derived columns that only rows of periods have."""


class NeedsAnswer(Exception):
    """Something is missing; the message asks for it."""


def has_period(query: Json) -> bool:
    return any(name in PERIODS for name in query.get("groupBy", []))


def list_once(*lists: Iterable[str]) -> list[str]:
    """What is in the lists, each thing once."""
    return list(dict.fromkeys(each for names in lists for each in names))


def drop_parts(query: Json, names: Iterable[str]) -> None:
    for name in names:
        query.pop(name, None)


def drop_filters(query: Json, dimensions: Collection[str]) -> None:
    query["filters"] = [
        each for each in query.get("filters", []) if each["dimension"] not in dimensions
    ]
