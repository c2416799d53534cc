"""`Idempotency-Key` for a view: run once, answer the same again.

with once(owner_id=…) as attempt:
    if attempt.stored is not None:
        return replay(attempt.stored)
    …
    attempt.store(session, answer)   # in the transaction of the effect
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from webapp.db import idempotency
from webapp.db.idempotency import MAX_KEY, Stored
from webapp.http.context import runtime
from webapp.kit.errors import CommerceError, Invalid

HEADER = "Idempotency-Key"


class BadKey(Invalid):
    code = "BAD_IDEMPOTENCY_KEY"


@dataclass(frozen=True)
class Attempt:
    """One request under a key; without a key nothing is remembered."""

    owner_id: UUID
    key: str | None
    stored: Stored | None = None

    def store(self, session: Session, answer: Stored) -> None:
        """Call it in the transaction of the effect."""
        if self.key is not None:
            idempotency.store(
                session, owner_id=self.owner_id, key=self.key, answer=answer
            )


@contextmanager
def once(*, owner_id: UUID) -> Iterator[Attempt]:
    """Claims the request's key. A refusal inside, which has no effect, frees it again."""
    key = _key()
    if key is None:
        yield Attempt(owner_id, None)
        return
    with runtime().db.unit_of_work() as session:
        stored = idempotency.claim(
            session, owner_id=owner_id, key=key, fingerprint=_fingerprint()
        )
    try:
        yield Attempt(owner_id, key, stored)
    except CommerceError:
        with runtime().db.unit_of_work() as session:
            idempotency.release(session, owner_id=owner_id, key=key)
        raise


def reply(answer: Stored) -> Response:
    return Response(json.dumps(answer.body), answer.status, mimetype="application/json")


def replay(answer: Stored) -> Response:
    response = reply(answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _key() -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isprintable()):
        raise BadKey(f"{HEADER} must have 1 to {MAX_KEY} printable characters")
    return key


def _fingerprint() -> str:
    whole = f"{request.method} {request.path}\n".encode() + request.get_data(cache=True)
    return hashlib.sha256(whole).hexdigest()
