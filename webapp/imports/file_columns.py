"""Compares the columns of a file with those that are looked for."""

from collections.abc import Collection, Sequence

from webapp.imports.column_names import make_printable, suggest_name
from webapp.imports.errors import UnreadableFile, WrongMapping
from webapp.imports.mapping import AnyMapping, list_builtin_mappings
from webapp.imports.readers import RowSource, list_column_names
from webapp.imports.row import Row

MAX_SHOWN = 20
MAX_COMPARED = 500


def require_columns(
    mapping: AnyMapping,
    rows: RowSource,
    first: Sequence[Row],
    *,
    all_named: bool = False,
) -> None:
    """Raise `WrongMapping` for a file that lacks columns, before each row is rejected, and
    `UnreadableFile` for one whose columns cannot be told, as no row is readable.

    With `all_named`, the header has all that the mapping names.
    """
    available = list_column_names(rows, first)
    unreadable = next((row for row in first if row.problem is not None), None)
    if unreadable and not available:
        raise UnreadableFile(
            f"The file has no readable row: line {unreadable.line} {unreadable.problem}",
            line=unreadable.line,
        )
    missing = mapping.find_missing_columns(available)
    if all_named and rows.columns is not None:
        missing = [name for name in mapping.list_columns() if name not in available]
    if missing:
        raise WrongMapping(_describe_missing(missing, available, mapping))


def _describe_missing(
    missing: Sequence[str], available: Sequence[str], mapping: AnyMapping
) -> str:
    wanted = _join_with_suggestions(missing, available)
    has = _join_shown(
        [make_printable(name) for name in available[:MAX_SHOWN]], len(available)
    )
    builtin = ", ".join(list_builtin_mappings(mapping.kind))
    return (
        f"The file has no column {wanted}. It has: {has}. The command reads "
        f"files with other names: choose a built-in mapping ({builtin}) by `--mapping NAME`, "
        f"or write one: `ecom67 import {mapping.kind} --template > my.toml`, then "
        "`--mapping my.toml`"
    )


def list_warnings(rows: RowSource, mapping: AnyMapping) -> list[str]:
    """List, in sentences, what of a file is not used; once its rows are read."""
    used = set(mapping.list_columns())
    unused = [name for name in rows.names.seen if name not in used]
    warnings = list(rows.notes)
    if unused:
        absent = used - rows.names.seen.keys()
        names = _join_with_suggestions(unused, absent)
        warnings.append(f"Columns that are not used: {names}")
    return warnings


def _join_with_suggestions(names: Sequence[str], among: Collection[str]) -> str:
    """List names, each with the most similar of others: of few, as it takes time."""
    others = list(among)[:MAX_COMPARED]
    shown = [
        f"{make_printable(name)}{suggest_name(name, others)}"
        for name in names[:MAX_SHOWN]
    ]
    return _join_shown(shown, len(names))


def _join_shown(shown: list[str], count: int) -> str:
    more = [f"and {count - MAX_SHOWN:,} more"] if count > MAX_SHOWN else []
    return ", ".join([*shown, *more])
