"""Write the pending changes of a session, for several tables, in one statement.

A flush writes table by table, each with its own round trip to the database: in a checkout that
was the larger part of the time. Here all rows are sent at once, as JSON that PostgreSQL turns into
rows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Table, inspect
from sqlalchemy.orm import (
    Mapper,
    Session,
    make_transient,
    make_transient_to_detached,
    object_mapper,
)

from webapp.db.statements import Statement


class TableWrite(NamedTuple):
    """Table and columns of rows that are written alike."""

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    """Primary key columns of an update; empty for an insert."""


def bulk_flush(session: Session) -> None:
    """Write the new and the changed objects of a session; deletions wait for a flush.

    Foreign keys must be set on the objects: unlike a flush, this does not take them from
    relationships. A changed row must be locked, because the number of updated rows is not
    checked. Values that the database generates are loaded on first access.
    """
    rows: dict[TableWrite, list[dict[str, Any]]] = defaultdict(list)
    new, changed = list(session.new), list(session.dirty)
    for record in new:
        mapper = object_mapper(record)
        values = _read_values(record, mapper)
        rows[TableWrite(_get_table(mapper), tuple(values))].append(values)
    for record in changed:
        mapper = object_mapper(record)
        if values := _read_changes(record, mapper):
            keys = _read_keys(record, mapper)
            write = TableWrite(_get_table(mapper), tuple(values), tuple(keys))
            rows[write].append(values | keys)
    if not rows:
        return
    _build_statement(tuple(rows)).run(
        session,
        **{
            f"rows_{n}": json.dumps(batch, default=str)
            for n, batch in enumerate(rows.values())
        },
    )
    _mark_persistent(session, new, changed)


def _get_table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    if not isinstance(table, Table):
        msg = f"{mapper} is not a table"
        raise TypeError(msg)
    return table


def _read_values(record: object, mapper: Mapper[Any]) -> dict[str, Any]:
    """Return the values by column, with the defaults that a flush would apply."""
    state = vars(record)
    values = {}
    for attribute in mapper.column_attrs:
        column: Any = attribute.columns[0]
        value = state.get(attribute.key)
        if value is None and column.default is not None:
            default = column.default
            value = default.arg(None) if default.is_callable else default.arg
            setattr(record, attribute.key, value)
        if value is None and (column.server_default or column.identity):
            state.pop(attribute.key, None)  # the database generates it
        else:
            state.setdefault(attribute.key, value)  # loaded from now on, also if null
            values[column.name] = value
    return values


def _read_changes(record: object, mapper: Mapper[Any]) -> dict[str, Any]:
    """Return the values by column that differ from what was loaded."""
    current, loaded = vars(record), inspect(record).committed_state
    return {
        attribute.columns[0].name: current.get(attribute.key)
        for attribute in mapper.column_attrs
        if attribute.key in loaded
        and loaded[attribute.key] != current.get(attribute.key)
    }


def _read_keys(record: object, mapper: Mapper[Any]) -> dict[str, Any]:
    values = mapper.primary_key_from_instance(record)
    return {
        column.name: value
        for column, value in zip(mapper.primary_key, values, strict=True)
    }


@cache
def _build_statement(writes: tuple[TableWrite, ...]) -> Statement:
    parts = ", ".join(f"part_{n} AS ({_write_sql(w, n)})" for n, w in enumerate(writes))
    return Statement(f"WITH {parts} SELECT 1")


def _write_sql(write: TableWrite, n: int) -> str:
    name = write.table.name
    rows = f"jsonb_populate_recordset(CAST(NULL AS {name}), CAST(:rows_{n} AS jsonb))"
    if not write.keys:
        columns = ", ".join(write.columns)
        return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608
    values = ", ".join(f"{column} = new.{column}" for column in write.columns)
    same = " AND ".join(f"{name}.{key} = new.{key}" for key in write.keys)
    return f"UPDATE {name} SET {values} FROM {rows} AS new WHERE {same}"  # noqa: S608


def _mark_persistent(
    session: Session, new: Iterable[object], changed: Iterable[object]
) -> None:
    """Replace the objects in the session as if a flush had written them."""
    records = [*new, *changed]
    for record in records:
        session.expunge(record)
    for record in changed:
        make_transient(record)
    for record in records:
        make_transient_to_detached(record)
    for record in records:
        # One that refers to others adds them, too.
        if record not in session:
            session.add(record)
