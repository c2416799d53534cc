"""`Idempotency-Key`: a write takes effect once, and a repeated request gets the same response.

Every authenticated write runs in `run_idempotent`. A view of several transactions does the same by
hand:

    with claim_idempotency_key(owner_id=…) as attempt:
        if attempt.stored_response is not None:
            return replay_response(attempt.stored_response)
        …
        attempt.store_response(session, response)   # in the transaction of the effect
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
    """A request with an idempotency key; without a key, nothing is stored."""

    claim: Claim | None = None
    stored_response: StoredResponse | None = None

    @property
    def key(self) -> str | None:
        return self.claim.key if self.claim is not None else None

    def store_response(self, session: Session, response: StoredResponse) -> None:
        """Store the response, in the transaction of the effect.

        Raises `InFlight` when the claim is lost: roll the effect back.
        """
        if self.claim is not None:
            idempotency.store_response(session, claim=self.claim, response=response)


@contextmanager
def claim_idempotency_key(*, owner_id: UUID) -> Iterator[IdempotentRequest]:
    """Claim the request's key; release it when the block fails without a stored response."""
    key = _read_key()
    if key is None:
        yield IdempotentRequest()
        return
    with runtime().db.autocommit() as session:
        claim = idempotency.claim_key(
            session, owner_id=owner_id, key=key, fingerprint=_compute_fingerprint()
        )
    if isinstance(claim, StoredResponse):
        yield IdempotentRequest(stored_response=claim)
        return
    is_completed = False
    try:
        yield IdempotentRequest(claim)
        is_completed = True
    finally:
        if not is_completed:
            with runtime().db.autocommit() as session:
                idempotency.release_claim(session, claim=claim)


def run_idempotent(view: Callable[[], Response], *, owner_id: UUID) -> Response:
    """Run a view whose effect is one `transaction()`: its response commits with the effect."""
    with claim_idempotency_key(owner_id=owner_id) as attempt:
        if attempt.stored_response is not None:
            return replay_response(attempt.stored_response)
        if attempt.claim is None:
            return view()
        with runtime().db.unit_of_work() as session, use_session(session):
            response = view()
            body = response.get_json() if response.is_json else {}
            attempt.store_response(session, StoredResponse(response.status_code, body))
        return response


def build_response(stored: StoredResponse) -> Response:
    if stored.status == HTTPStatus.NO_CONTENT:
        return Response(status=stored.status)
    return Response(json.dumps(stored.body), stored.status, mimetype="application/json")


def replay_response(stored: StoredResponse) -> Response:
    response = build_response(stored)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _read_key() -> str | None:
    key = request.headers.get(IDEMPOTENCY_KEY_HEADER)
    if key is not None and not (0 < len(key) <= MAX_KEY_LENGTH and key.isprintable()):
        raise BadKey(
            f"{IDEMPOTENCY_KEY_HEADER} must have 1 to {MAX_KEY_LENGTH} printable characters"
        )
    return key


def _compute_fingerprint() -> str:
    """HMAC of the request: a body may hold a password, which a plain hash would let a reader of
    the table guess."""
    secret = runtime().settings.require_jwt_secret().encode()
    request_line = f"{request.method} {request.full_path}\n".encode()
    content = request_line + request.get_data(cache=True)
    return hmac.digest(secret, content, "sha256").hex()
