"""Compares the columns of a file with those that are looked for."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from webapp.imports.column_names import suggest_name
from webapp.imports.errors import WrongMapping
from webapp.imports.mapping import AnyMapping, list_builtin_mappings
from webapp.imports.readers import RowSource, list_column_names
from webapp.imports.row import Row

MAX_SHOWN = 20


def require_columns(
    mapping: AnyMapping,
    rows: RowSource,
    first: Sequence[Row],
    *,
    all_named: bool = False,
) -> None:
    """Raise `WrongMapping` for a file that lacks columns, before each row is rejected.

    With `all_named`, the header has all that the mapping names.
    """
    available = list_column_names(rows, first)
    missing = mapping.find_missing_columns(available)
    if all_named and rows.columns is not None:
        missing = [name for name in mapping.list_columns() if name not in available]
    if missing:
        raise WrongMapping(_describe_missing(missing, available, mapping))


def _describe_missing(
    missing: Iterable[str], available: Collection[str], mapping: AnyMapping
) -> str:
    wanted = _join_with_suggestions(missing, set(available))
    builtin = ", ".join(list_builtin_mappings(mapping.kind))
    return (
        f"The file has no column {wanted}. It has: {_join_names(available)}. The command reads "
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


def _join_with_suggestions(names: Iterable[str], among: Collection[str]) -> str:
    return _join_names([f"{name}{suggest_name(name, among)}" for name in names])


def _join_names(names: Iterable[str]) -> str:
    return ", ".join(_cut_names(list(names)))


def _cut_names(names: list[str]) -> Iterator[str]:
    yield from (f"{name:.200}" for name in names[:MAX_SHOWN])
    if len(names) > MAX_SHOWN:
        yield f"and {len(names) - MAX_SHOWN:,} more"
