"""`Idempotency-Key`: a write runs once and answers the same again.

Every signed-in write goes through `run_once`. A view of several transactions does it by hand:

    with once(owner_id=…) as attempt:
        if attempt.stored is not None:
            return replay(attempt.stored)
        …
        attempt.store(session, answer)   # in the transaction of the effect
"""

import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from webapp.db import idempotency
from webapp.db.idempotency import MAX_KEY_LENGTH, Claim, StoredResponse
from webapp.http.context import runtime, use_session
from webapp.kit.errors import Invalid

IDEMPOTENCY_KEY_HEADER = "Idempotency-Key"


class BadKey(Invalid):
    code = "BAD_IDEMPOTENCY_KEY"


@dataclass(frozen=True)
class IdempotentRequest:
    """One request under a key; without a key nothing is remembered."""

    claim: Claim | None = None
    stored_response: StoredResponse | None = None

    @property
    def key(self) -> str | None:
        return self.claim.key if self.claim is not None else None

    def store_response(self, session: Session, answer: StoredResponse) -> None:
        """Call it in the transaction of the effect. Raises `InFlight`: undo that."""
        if self.claim is not None:
            idempotency.store_response(session, claim=self.claim, response=answer)


@contextmanager
def claim_idempotency_key(*, owner_id: UUID) -> Iterator[IdempotentRequest]:
    """Claims the request's key. What fails inside without a stored answer frees it again."""
    key = _key()
    if key is None:
        yield IdempotentRequest()
        return
    with runtime().db.unit_of_work() as session:
        taken = idempotency.claim_key(
            session, owner_id=owner_id, key=key, fingerprint=_fingerprint()
        )
    if isinstance(taken, StoredResponse):
        yield IdempotentRequest(stored_response=taken)
        return
    answered = False
    try:
        yield IdempotentRequest(taken)
        answered = True
    finally:
        if not answered:
            with runtime().db.unit_of_work() as session:
                idempotency.release_claim(session, claim=taken)


def run_idempotent(view: Callable[[], Response], *, owner_id: UUID) -> Response:
    """For a view whose effect is one `transaction()`: its answer commits with it."""
    with claim_idempotency_key(owner_id=owner_id) as attempt:
        if attempt.stored_response is not None:
            return replay(attempt.stored_response)
        if attempt.claim is None:
            return view()
        with runtime().db.unit_of_work() as session, use_session(session):
            response = view()
            body = response.get_json() if response.is_json else {}
            attempt.store_response(session, StoredResponse(response.status_code, body))
        return response


def build_response(answer: StoredResponse) -> Response:
    if answer.status == HTTPStatus.NO_CONTENT:
        return Response(status=answer.status)
    return Response(json.dumps(answer.body), answer.status, mimetype="application/json")


def replay(answer: StoredResponse) -> Response:
    response = build_response(answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _key() -> str | None:
    key = request.headers.get(IDEMPOTENCY_KEY_HEADER)
    if key is not None and not (0 < len(key) <= MAX_KEY_LENGTH and key.isprintable()):
        raise BadKey(
            f"{IDEMPOTENCY_KEY_HEADER} must have 1 to {MAX_KEY_LENGTH} printable characters"
        )
    return key


def _fingerprint() -> str:
    """Keyed: a body may hold a password, which a plain hash would let anybody guess who
    reads the table."""
    secret = runtime().settings.require_jwt_secret().encode()
    called = f"{request.method} {request.full_path}\n".encode()
    whole = called + request.get_data(cache=True)
    return hmac.digest(secret, whole, "sha256").hex()
