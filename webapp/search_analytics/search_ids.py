"""Ids of searches: what `GET /search` answers with, and clients send back with what followed. Pure.

An id is signed, so that one that the shop did not give out is known without a look into any store,
where the search itself may not have arrived yet.
"""

import hmac
import re
from datetime import datetime, timedelta
from uuid import UUID

from webapp.kit.hashing import hash_identifier
from webapp.kit.ids import read_id_time
from webapp.search_analytics.errors import SearchNotFound

LIFETIME = timedelta(days=1)
"""How long what follows a search is accepted."""
SIGNED_ID = re.compile(r"([0-9a-f]{32})([0-9a-f]{16})")
SIGNATURE_LENGTH = 16


def sign_search_id(search_id: UUID, *, secret: str) -> str:
    return f"{search_id.hex}{_compute_signature(search_id.hex, secret)}"


def parse_search_id(text: str, *, secret: str, now: datetime) -> UUID:
    """Raises `SearchNotFound`."""
    match = SIGNED_ID.fullmatch(text)
    if match is None or not hmac.compare_digest(
        _compute_signature(match[1], secret), match[2]
    ):
        raise SearchNotFound(text)
    search_id = UUID(match[1])
    if read_id_time(search_id) < now - LIFETIME:
        raise SearchNotFound(text)
    return search_id


def _compute_signature(text: str, secret: str) -> str:
    digest = hash_identifier(f"search {text}", pepper=secret.encode())
    return digest[:SIGNATURE_LENGTH]
