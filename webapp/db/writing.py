"""New rows of several tables in one statement.

A flush writes table by table, each with its own trip to the database: of a checkout that was
the larger part. Here all of them go at once, as JSON that PostgreSQL turns into rows.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Table, TextClause, text
from sqlalchemy.orm import Mapper, Session, make_transient_to_detached, object_mapper

Columns = tuple[str, ...]


def insert_new(session: Session) -> None:
    """Write what was added to the session; what was only changed waits for a flush.

    The rows name each other by their foreign keys: unlike a flush, this does not take those
    from relationships. What the database itself fills in is read when it is asked for.
    """
    added = list(session.new)
    if not added:
        return
    rows: dict[tuple[Table, Columns], list[dict[str, Any]]] = {}
    for record in added:
        mapper = object_mapper(record)
        values = _values(record, mapper)
        rows.setdefault((_table(mapper), tuple(values)), []).append(values)
    with session.no_autoflush:
        session.execute(
            _insert(tuple(rows)),
            {
                f"rows_{n}": json.dumps(same, default=str)
                for n, same in enumerate(rows.values())
            },
        )
    _know_as_written(session, added)


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
            values[column.name] = value
    return values


@cache
def _insert(groups: tuple[tuple[Table, Columns], ...]) -> TextClause:
    parts = []
    for n, (table, columns) in enumerate(groups):
        names = ", ".join(columns)
        parts.append(
            f"part_{n} AS (INSERT INTO {table.name} ({names}) SELECT {names} FROM "  # noqa: S608
            f"jsonb_populate_recordset(CAST(NULL AS {table.name}), "
            f"CAST(:rows_{n} AS jsonb)))"
        )
    return text(f"WITH {', '.join(parts)} SELECT 1")


def _know_as_written(session: Session, records: Iterable[object]) -> None:
    for record in records:
        session.expunge(record)
    for record in records:
        make_transient_to_detached(record)
    session.add_all(records)
