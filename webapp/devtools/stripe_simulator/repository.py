"""Queries and statements on the simulator's SQLite database."""

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
    """The first response given under an idempotency key."""

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
    """Limit, cursors and `created` bounds of one list request; objects come newest first."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Mapping[str, int] | None = None


class SimulatorRepository:
    """Reads and writes inside one transaction of the connection's owner."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Roll back only what was done inside the block when it raises."""
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
                _pack_json(doc),
                _pack_json(hidden or {}),
            ),
        )

    def update_object(self, doc: Doc) -> None:
        self._connection.execute(
            "UPDATE objects SET doc = ? WHERE id = ?", (_pack_json(doc), doc["id"])
        )

    def update_hidden(self, object_id: str, hidden: Doc) -> None:
        """Store internal data of an object that its JSON does not show."""
        self._connection.execute(
            "UPDATE objects SET hidden = ? WHERE id = ?",
            (_pack_json(hidden), object_id),
        )

    def find_object(self, kind: str, object_id: str) -> Doc | None:
        return self._find_column("doc", kind, object_id)

    def read_hidden(self, kind: str, object_id: str) -> Doc:
        return self._find_column("hidden", kind, object_id) or {}

    def _find_column(self, column: str, kind: str, object_id: str) -> Doc | None:
        row = self._connection.execute(
            f"SELECT {column} FROM objects WHERE id = ? AND kind = ?",  # noqa: S608
            (object_id, kind),
        ).fetchone()
        return None if row is None else _unpack_json(row[0])

    def list_objects(
        self, kind: str, page: PageRequest, *, parent: str | None = None
    ) -> tuple[list[Doc], bool]:
        """Return one page of a kind, newest first, and whether more objects follow."""
        where, values = self._conditions(kind, page, parent)
        backwards = page.ending_before is not None
        rows = self._connection.execute(
            f"SELECT doc FROM objects WHERE {where}"  # noqa: S608
            f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
            (*values, page.limit + 1),
        ).fetchall()
        docs = [_unpack_json(row[0]) for row in rows[: page.limit]]
        return (docs[::-1] if backwards else docs), len(rows) > page.limit

    def _conditions(
        self, kind: str, page: PageRequest, parent: str | None
    ) -> tuple[str, list[object]]:
        conditions: list[tuple[str, object]] = [("kind = ?", kind)]
        if parent is not None:
            conditions.append(("parent = ?", parent))
        if page.starting_after is not None:
            conditions.append(
                ("seq < ?", self._find_sequence(kind, page.starting_after))
            )
        if page.ending_before is not None:
            conditions.append(
                ("seq > ?", self._find_sequence(kind, page.ending_before))
            )
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        for bound, timestamp in (page.created or {}).items():
            conditions.append((f"created {signs[bound]} ?", timestamp))
        return " AND ".join(sql for sql, _ in conditions), [
            value for _, value in conditions
        ]

    def _find_sequence(self, kind: str, object_id: str) -> int:
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
            row[0], row[1], StripeResult(row[2], _unpack_json(row[3]))
        )

    def save_idempotency_record(
        self, key: str, record: IdempotencyRecord, *, now: float
    ) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (
                key,
                record.fingerprint,
                record.request_id,
                record.result.status,
                _pack_json(record.result.body),
                now,
            ),
        )

    def schedule_delivery(self, event_id: str, due: float | None) -> None:
        """Schedule one delivery of an event at `due`; with `None` it is recorded as lost."""
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
        """Delete idempotency keys after 24 hours and events after 30 days, as Stripe does."""
        self._connection.execute(
            "DELETE FROM answers WHERE answered <= ?", (now - IDEMPOTENCY_KEY_TTL_S,)
        )
        cutoff = now - EVENT_RETENTION_S
        self._connection.execute(
            "DELETE FROM deliveries WHERE due <= ? AND state <> 'waiting'", (cutoff,)
        )
        self._connection.execute(
            "DELETE FROM objects WHERE kind = 'event' AND created <= ?", (cutoff,)
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
        """Add up charges and refunds by the order id in the charge's metadata."""
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


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def _pack_json(doc: Doc) -> str:
    return _ENCODER.encode(doc)


def _unpack_json(encoded: str) -> Doc:
    doc: Doc = json.loads(encoded)
    return doc
