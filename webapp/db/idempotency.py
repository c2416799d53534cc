"""Idempotency keys: a write with an `Idempotency-Key` takes effect once.

The response is stored in the transaction of the effect, so that neither exists without the
other. While the first request runs, it holds a claim on the key: a second request with the same
key gets 409, one with another fingerprint 422, and a later one the stored response. A request
that was rejected without an effect may be retried under its key, with the same body. Server
errors are never stored. Keys are retained for 24 hours.

A claim is a lease: it expires when its process has died, or seems to have, and another request
may then take the key. The expiry time identifies the claim: a request that was only slow
fails to store its response, because another request has claimed the key, and is rolled back.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import PrimaryKeyConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db.base import Model
from webapp.db.statements import Statement
from webapp.kit.errors import Conflict, IdempotencyKeyReused

KEY_RETENTION = timedelta(hours=24)
# The claim of a process that died expires after this long.
LEASE = timedelta(seconds=60)
RETRY_AFTER_S = 2
MAX_KEY_LENGTH = 255


class IdempotencyKey(Model):
    __tablename__ = "idempotency_keys"
    __table_args__ = (PrimaryKeyConstraint("owner_id", "key"),)

    owner_id: Mapped[UUID]
    key: Mapped[str]
    fingerprint: Mapped[str]
    """Keyed hash (HMAC) of method, path and body."""
    claimed_until: Mapped[datetime]
    status: Mapped[int | None]
    """HTTP status of the stored response; null while the first request runs."""
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InFlight(Conflict):
    code = "IDEMPOTENCY_KEY_IN_FLIGHT"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running")
        self.retry_after = RETRY_AFTER_S


@dataclass(frozen=True)
class Claim:
    owner_id: UUID
    key: str
    until: datetime


class KeyOfAnotherRequest(IdempotencyKeyReused):
    code = "IDEMPOTENCY_KEY_OF_ANOTHER_REQUEST"


@dataclass(frozen=True)
class StoredResponse:
    status: int
    body: dict[str, Any]


# One statement, so that only one of two concurrent requests gets the key. A row older than
# `KEY_RETENTION` counts as deleted: any request may claim its key.
CLAIM = Statement("""
    INSERT INTO idempotency_keys AS known (owner_id, key, fingerprint, claimed_until)
    VALUES (:owner_id, :key, :fingerprint, now() + :lease)
    ON CONFLICT (owner_id, key) DO UPDATE SET
        fingerprint = excluded.fingerprint, claimed_until = excluded.claimed_until,
        status = NULL, body = NULL, created_at =
            CASE WHEN known.created_at < now() - :retention THEN now() ELSE known.created_at END
    WHERE known.created_at < now() - :retention
        OR known.status IS NULL AND known.claimed_until <= now()
            AND known.fingerprint = excluded.fingerprint
    RETURNING claimed_until
""")
IS_CLAIMED = """
    owner_id = :owner_id AND key = :key AND claimed_until = :until AND status IS NULL
"""
STORE = Statement(f"""
    UPDATE idempotency_keys SET status = :status, body = CAST(:body AS jsonb)
    WHERE {IS_CLAIMED}
""")  # noqa: S608
RELEASE = Statement(f"""
    UPDATE idempotency_keys SET claimed_until = now() WHERE {IS_CLAIMED}
""")  # noqa: S608


def claim_key(
    session: Session, *, owner_id: UUID, key: str, fingerprint: str
) -> Claim | StoredResponse:
    """Claim the key for this request, or return the response stored under it.

    In a session that commits each statement: other requests must see the claim while the work is
    done. Raises `InFlight` and `KeyOfAnotherRequest`.
    """
    claimed_until = CLAIM.fetch_value(
        session,
        owner_id=owner_id,
        key=key,
        fingerprint=fingerprint,
        lease=LEASE,
        retention=KEY_RETENTION,
    )
    if claimed_until is not None:
        return Claim(owner_id, key, until=claimed_until)
    row = session.scalars(
        select(IdempotencyKey).where(
            IdempotencyKey.owner_id == owner_id, IdempotencyKey.key == key
        )
    ).one()
    if row.fingerprint != fingerprint:
        raise KeyOfAnotherRequest("This Idempotency-Key was used for another request")
    if row.status is None:
        raise InFlight
    return StoredResponse(row.status, row.body or {})


def store_response(session: Session, *, claim: Claim, response: StoredResponse) -> None:
    """Store the response, in the transaction of the effect it reports.

    Raises `InFlight` when the claim has expired and another request has claimed the key.
    """
    stored = STORE.run(
        session,
        status=response.status,
        body=json.dumps(response.body),
        **asdict(claim),
    )
    if not stored:
        raise InFlight


def release_claim(session: Session, *, claim: Claim) -> None:
    """End the claim of a request without an effect, so that it can be retried."""
    RELEASE.run(session, **asdict(claim))


def delete_responses(session: Session, *, owner_id: UUID) -> None:
    """Delete all responses stored for an owner; requests in flight can still store theirs."""
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.owner_id == owner_id, IdempotencyKey.status.is_not(None)
        )
    )


def delete_expired(session: Session) -> int:
    deleted = session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < func.now() - KEY_RETENTION)
        .returning(IdempotencyKey.key)
    )
    return len(deleted.all())
