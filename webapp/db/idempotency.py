"""A write with an `Idempotency-Key` runs once.

The answer is stored in the transaction of its effect, so that there is no instant in which
one exists without the other. While the first request runs, its row is claimed: a second one
with the same key is told to wait (409), one with another body is told off (422), a later
one gets the stored answer. What was refused without an effect may be tried again under its
key, with the same body. Server errors are never stored. Kept for 24 hours.

A claim ends when its process has died, or seems to: then another request may take it. The
instant at which a claim ends is its name, so that a request that was only slow finds out,
when it stores its answer, that another runs in its place, and its effect is undone.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import PrimaryKeyConstraint, delete, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db.base import Model
from webapp.kit.errors import Conflict, IdempotencyKeyReused

KEY_RETENTION = timedelta(hours=24)
# A process that died in the middle frees its claim after this long.
LEASE = timedelta(seconds=60)
RETRY_AFTER_S = 2
MAX_KEY_LENGTH = 255


class IdempotencyKey(Model):
    __tablename__ = "idempotency_keys"
    __table_args__ = (PrimaryKeyConstraint("owner_id", "key"),)

    owner_id: Mapped[UUID]
    key: Mapped[str]
    fingerprint: Mapped[str]
    """Keyed hash of method, path and body."""
    claimed_until: Mapped[datetime]
    status: Mapped[int | None]
    """HTTP status of the stored answer; empty while the first request runs."""
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


# One statement, so that of two at once one gets it. What is older than `KEPT` is as good as
# gone: the key is there for whoever comes next.
CLAIM = text("""
    INSERT INTO idempotency_keys AS known (owner_id, key, fingerprint, claimed_until)
    VALUES (:owner_id, :key, :fingerprint, now() + :lease)
    ON CONFLICT (owner_id, key) DO UPDATE SET
        fingerprint = excluded.fingerprint, claimed_until = excluded.claimed_until,
        status = NULL, body = NULL, created_at =
            CASE WHEN known.created_at < now() - :kept THEN now() ELSE known.created_at END
    WHERE known.created_at < now() - :kept
        OR known.status IS NULL AND known.claimed_until <= now()
            AND known.fingerprint = excluded.fingerprint
    RETURNING claimed_until
""")
IS_HELD = """
    owner_id = :owner_id AND key = :key AND claimed_until = :until AND status IS NULL
"""
STORE = text(f"""
    UPDATE idempotency_keys SET status = :status, body = CAST(:body AS jsonb)
    WHERE {IS_HELD} RETURNING key
""")  # noqa: S608
RELEASE = text(f"UPDATE idempotency_keys SET claimed_until = now() WHERE {IS_HELD}")  # noqa: S608


def claim_key(
    session: Session, *, owner_id: UUID, key: str, fingerprint: str
) -> Claim | StoredResponse:
    """Take the key for this request, or return the answer it has already had.

    Commit right after: the claim must be seen by others while the work is done. Raises
    `InFlight` and `KeyOfAnotherRequest`.
    """
    claimed = session.execute(
        CLAIM,
        {
            "owner_id": owner_id,
            "key": key,
            "fingerprint": fingerprint,
            "lease": LEASE,
            "kept": KEY_RETENTION,
        },
    ).scalar()
    if claimed is not None:
        return Claim(owner_id, key, until=claimed)
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
    """Remember the answer, in the transaction of the effect it reports.

    Raises `InFlight` when another request has taken the claim over.
    """
    stored = session.execute(
        STORE,
        {
            "status": response.status,
            "body": json.dumps(response.body),
            **asdict(claim),
        },
    )
    if stored.first() is None:
        raise InFlight


def release_claim(session: Session, *, claim: Claim) -> None:
    """End a claim whose request came to nothing, so that it can be tried again."""
    session.execute(RELEASE, asdict(claim))


def delete_responses(session: Session, *, owner_id: UUID) -> None:
    """All that was answered to somebody; what is running still can store its answer."""
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.owner_id == owner_id, IdempotencyKey.status.is_not(None)
        )
    )


def delete_expired(session: Session) -> int:
    gone = session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < func.now() - KEY_RETENTION)
        .returning(IdempotencyKey.key)
    )
    return len(gone.all())
