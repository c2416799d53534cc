"""What can be asked of the simulator's memory, and written into it."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from webapp.devtools.stripe_simulator.errors import Doc, StripeApiError, StripeResult

IDEMPOTENCY_KEY_TTL_S = 24 * 3600
EVENT_RETENTION_S = 30 * 24 * 3600


@dataclass(frozen=True)
class IdempotencyRecord:
    """The first answer given under an idempotency key."""

    fingerprint: str
    request_id: str
    result: StripeResult


@dataclass(frozen=True)
class Delivery:
    id: int
    event_id: str
    attempts: int


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list is wanted; objects come newest first."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Mapping[str, int] | None = None


class SimulatorRepository:
    """Everything that can be asked of the memory inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what was done inside when it raises, and only that."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._connection.execute("RELEASE attempt")

    def insert_object(
        self, doc: Doc, *, parent: str | None = None, hidden: Doc | None = None
    ) -> None:
        self._connection.execute(
            "INSERT INTO objects (id, kind, parent, created, doc, hidden)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                doc["id"],
                doc["object"],
                parent,
                doc["created"],
                _packed(doc),
                _packed(hidden or {}),
            ),
        )

    def update_object(self, doc: Doc) -> None:
        self._connection.execute(
            "UPDATE objects SET doc = ? WHERE id = ?", (_packed(doc), doc["id"])
        )

    def update_hidden(self, object_id: str, hidden: Doc) -> None:
        """Remember of an object what its readers must not see."""
        self._connection.execute(
            "UPDATE objects SET hidden = ? WHERE id = ?", (_packed(hidden), object_id)
        )

    def find_object(self, kind: str, object_id: str) -> Doc | None:
        return self._one("doc", kind, object_id)

    def read_hidden(self, kind: str, object_id: str) -> Doc:
        return self._one("hidden", kind, object_id) or {}

    def _one(self, column: str, kind: str, object_id: str) -> Doc | None:
        row = self._connection.execute(
            f"SELECT {column} FROM objects WHERE id = ? AND kind = ?",  # noqa: S608
            (object_id, kind),
        ).fetchone()
        return None if row is None else _unpacked(row[0])

    def list_objects(
        self, kind: str, span: PageRequest, *, parent: str | None = None
    ) -> tuple[list[Doc], bool]:
        """Objects of a kind, newest first, and whether there are more."""
        where, values = self._conditions(kind, span, parent)
        backwards = span.ending_before is not None
        rows = self._connection.execute(
            f"SELECT doc FROM objects WHERE {where}"  # noqa: S608
            f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
            (*values, span.limit + 1),
        ).fetchall()
        docs = [_unpacked(row[0]) for row in rows[: span.limit]]
        return (docs[::-1] if backwards else docs), len(rows) > span.limit

    def _conditions(
        self, kind: str, span: PageRequest, parent: str | None
    ) -> tuple[str, list[object]]:
        wanted: list[tuple[str, object]] = [("kind = ?", kind)]
        if parent is not None:
            wanted.append(("parent = ?", parent))
        if span.starting_after is not None:
            wanted.append(("seq < ?", self._place(kind, span.starting_after)))
        if span.ending_before is not None:
            wanted.append(("seq > ?", self._place(kind, span.ending_before)))
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        for bound, moment in (span.created or {}).items():
            wanted.append((f"created {signs[bound]} ?", moment))
        return " AND ".join(sql for sql, _ in wanted), [value for _, value in wanted]

    def _place(self, kind: str, object_id: str) -> int:
        row = self._connection.execute(
            "SELECT seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind)
        ).fetchone()
        if row is None:
            raise StripeApiError(
                f"No such {kind}: '{object_id}'", code="resource_missing"
            )
        return int(row[0])

    def find_idempotency_record(
        self, key: str, *, now: float
    ) -> IdempotencyRecord | None:
        row = self._connection.execute(
            "SELECT fingerprint, request_id, status, body FROM answers"
            " WHERE key = ? AND answered > ?",
            (key, now - IDEMPOTENCY_KEY_TTL_S),
        ).fetchone()
        if row is None:
            return None
        return IdempotencyRecord(
            row[0], row[1], StripeResult(row[2], _unpacked(row[3]))
        )

    def save_idempotency_record(
        self, key: str, kept: IdempotencyRecord, *, now: float
    ) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (
                key,
                kept.fingerprint,
                kept.request_id,
                kept.result.status,
                _packed(kept.result.body),
                now,
            ),
        )

    def schedule_delivery(self, event_id: str, due: float | None) -> None:
        """Plan one delivery of an event; without a time it counts as lost on the way."""
        self._connection.execute(
            "INSERT INTO deliveries (event, due, state) VALUES (?, ?, ?)",
            (event_id, due or 0, "lost" if due is None else "waiting"),
        )

    def list_due_deliveries(self, *, now: float, limit: int) -> list[Delivery]:
        rows = self._connection.execute(
            "SELECT id, event, attempts FROM deliveries"
            " WHERE state = 'waiting' AND due <= ? ORDER BY due, id LIMIT ?",
            (now, limit),
        )
        return [Delivery(*row) for row in rows]

    def record_attempt(
        self, delivery: Delivery, *, state: str, outcome: str, due: float
    ) -> None:
        self._connection.execute(
            "UPDATE deliveries SET state = ?, outcome = ?, due = ?,"
            " attempts = attempts + 1 WHERE id = ?",
            (state, outcome, due, delivery.id),
        )

    def delete_expired(self, *, now: float) -> None:
        """Drop what Stripe drops: keys after a day, events after thirty."""
        self._connection.execute(
            "DELETE FROM answers WHERE answered <= ?", (now - IDEMPOTENCY_KEY_TTL_S,)
        )
        old = now - EVENT_RETENTION_S
        self._connection.execute(
            "DELETE FROM deliveries WHERE due <= ? AND state <> 'waiting'", (old,)
        )
        self._connection.execute(
            "DELETE FROM objects WHERE kind = 'event' AND created <= ?", (old,)
        )

    def count_deliveries_by_state(self) -> dict[str, int]:
        rows = self._connection.execute(
            "SELECT state, count(*) FROM deliveries GROUP BY state"
        )
        return dict(rows.fetchall())

    def count_objects(self) -> dict[str, int]:
        rows = self._connection.execute(
            "SELECT kind, count(*) FROM objects GROUP BY kind"
        )
        return dict(rows.fetchall())

    def sum_charges_by_order(self, order_id: str | None) -> list[dict[str, Any]]:
        """Charges and refunds added up by the order id that the shop put in metadata."""
        one_order = "json_extract(doc, '$.metadata.order_id') = ?"
        rows = self._connection.execute(
            "SELECT json_extract(doc, '$.metadata.order_id') AS order_id,"  # noqa: S608
            " count(*) AS attempts,"
            " sum(json_extract(doc, '$.paid')) AS charges,"
            " sum(json_extract(doc, '$.amount_captured')) AS captured_minor,"
            " sum(json_extract(doc, '$.amount_refunded')) AS refunded_minor"
            " FROM objects WHERE kind = 'charge'"
            f" AND {'TRUE' if order_id is None else one_order}"
            " GROUP BY order_id",
            () if order_id is None else (order_id,),
        )
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]


_PACKER = json.JSONEncoder(separators=(",", ":"))


def _packed(doc: Doc) -> str:
    return _PACKER.encode(doc)


def _unpacked(packed: str) -> Doc:
    doc: Doc = json.loads(packed)
    return doc
