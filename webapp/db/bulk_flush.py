"""What a session has to write, of several tables, in one statement.

A flush writes table by table, each with its own trip to the database: of a checkout that was
the larger part. Here all of them go at once, as JSON that PostgreSQL turns into rows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Table, TextClause, inspect, text
from sqlalchemy.orm import (
    Mapper,
    Session,
    make_transient,
    make_transient_to_detached,
    object_mapper,
)


class TableWrite(NamedTuple):
    """Rows of one table in which the same columns are written."""

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    """Of rows that are changed; empty for new ones."""


def bulk_flush(session: Session) -> None:
    """Write what was added to the session and what was changed in it; what was deleted waits
    for a flush.

    The rows name each other by their foreign keys: unlike a flush, this does not take those
    from relationships. A changed row must be locked, because nobody counts whether it is
    still there. What the database itself fills in is read when it is asked for.
    """
    rows: dict[TableWrite, list[dict[str, Any]]] = defaultdict(list)
    new, changed = list(session.new), list(session.dirty)
    for record in new:
        mapper = object_mapper(record)
        values = _values(record, mapper)
        rows[TableWrite(_table(mapper), tuple(values))].append(values)
    for record in changed:
        mapper = object_mapper(record)
        if values := _changes(record, mapper):
            keys = _keys(record, mapper)
            part = TableWrite(_table(mapper), tuple(values), tuple(keys))
            rows[part].append(values | keys)
    if not rows:
        return
    with session.no_autoflush:
        session.execute(
            _statement(tuple(rows)),
            {
                f"rows_{n}": json.dumps(same, default=str)
                for n, same in enumerate(rows.values())
            },
        )
    _know_as_written(session, new, changed)


def _table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    if not isinstance(table, Table):
        msg = f"{mapper} is not a table"
        raise TypeError(msg)
    return table


def _values(record: object, mapper: Mapper[Any]) -> dict[str, Any]:
    """By column, with the defaults that the record would get in a flush."""
    known = vars(record)
    values = {}
    for attribute in mapper.column_attrs:
        column: Any = attribute.columns[0]
        value = known.get(attribute.key)
        if value is None and column.default is not None:
            default = column.default
            value = default.arg(None) if default.is_callable else default.arg
            setattr(record, attribute.key, value)
        if value is None and (column.server_default or column.identity):
            known.pop(attribute.key, None)  # it will be the database's
        else:
            known.setdefault(attribute.key, value)  # known from now on, also if empty
            values[column.name] = value
    return values


def _changes(record: object, mapper: Mapper[Any]) -> dict[str, Any]:
    """By column, what is not as it was read."""
    known, seen = vars(record), inspect(record).committed_state
    return {
        attribute.columns[0].name: known.get(attribute.key)
        for attribute in mapper.column_attrs
        if attribute.key in seen and seen[attribute.key] != known.get(attribute.key)
    }


def _keys(record: object, mapper: Mapper[Any]) -> dict[str, Any]:
    values = mapper.primary_key_from_instance(record)
    return {
        column.name: value
        for column, value in zip(mapper.primary_key, values, strict=True)
    }


@cache
def _statement(parts: tuple[TableWrite, ...]) -> TextClause:
    written = ", ".join(f"part_{n} AS ({_write(p, n)})" for n, p in enumerate(parts))
    return text(f"WITH {written} SELECT 1")


def _write(part: TableWrite, n: int) -> str:
    name = part.table.name
    rows = f"jsonb_populate_recordset(CAST(NULL AS {name}), CAST(:rows_{n} AS jsonb))"
    if not part.keys:
        columns = ", ".join(part.columns)
        return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608
    values = ", ".join(f"{column} = new.{column}" for column in part.columns)
    same = " AND ".join(f"{name}.{key} = new.{key}" for key in part.keys)
    return f"UPDATE {name} SET {values} FROM {rows} AS new WHERE {same}"  # noqa: S608


def _know_as_written(
    session: Session, new: Iterable[object], changed: Iterable[object]
) -> None:
    records = [*new, *changed]
    for record in records:
        session.expunge(record)
    for record in changed:
        make_transient(record)
    for record in records:
        make_transient_to_detached(record)
    session.add_all(records)
