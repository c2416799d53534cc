"""Visitors, who are known only with their consent. Pure.

A client sends `X-Visitor-Id`, a random id of its own, once its visitor has agreed to analytics, and
sends none otherwise. Only a keyed hash is stored: the id cannot be found from it.
"""

import re

from webapp.kit.hashing import hash_identifier

VISITOR_HEADER = "X-Visitor-Id"
ACCEPTED_ID = re.compile(r"[\w-]{16,64}", re.ASCII)


def hash_visitor(header: str | None, *, secret: str) -> str | None:
    """`None` without consent, and for what is no such id."""
    if header is None or ACCEPTED_ID.fullmatch(header) is None:
        return None
    return hash_identifier(f"visitor {header}", pepper=secret.encode())
