"""A `lastKey` continues the list that gave it out: the same path, with the same parameters.

Of another list it would be a position that means nothing there, and a page without an error.
"""

import hashlib
from typing import TypeVar

from flask import request

from webapp.http.schemas import ListQuery
from webapp.kit.paging import BadCursor

TAG_LENGTH = 8
NOT_OF_A_PAGE = {"limit", "last_key"}
"""Parameters that may change from page to page."""
Query = TypeVar("Query", bound=ListQuery)


def mark_last_key(last_key: str, query: ListQuery) -> str:
    """Mark a key with the list that gives it out."""
    return f"{_compute_tag(query)}.{last_key}"


def open_last_key(query: Query) -> Query:
    """Take the mark off the query's key. Raises `BadCursor` for a key of another list."""
    if query.last_key is None:
        return query
    tag, _, last_key = query.last_key.partition(".")
    if tag != _compute_tag(query):
        raise BadCursor(
            "lastKey is not one that this list gave out for these parameters"
        )
    return query.model_copy(update={"last_key": last_key})


def _compute_tag(query: ListQuery) -> str:
    parameters = query.model_dump_json(exclude=NOT_OF_A_PAGE)
    return hashlib.sha256(f"{request.path} {parameters}".encode()).hexdigest()[
        :TAG_LENGTH
    ]
