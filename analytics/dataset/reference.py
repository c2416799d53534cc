"""`python -m analytics.dataset.reference`: prints `docs/dataset.md`, all tables and columns."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import click
import polars as pl

from analytics.dataset.manifest import TABLES

FOLDER = Path(__file__).parent
PAGE = FOLDER / "reference_page.md"
PLACE_OF_TABLES = "TABLES"


@cache
def load_columns() -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / "columns.toml").read_text(encoding="utf-8"))


def describe_column(table: str, column: str) -> tuple[str, Any]:
    """Its meaning, and an example of its value."""
    described = load_columns()
    meaning, example = (
        described[table]["columns"].get(column) or described["shared"][column]
    )
    return meaning, example


def render_reference() -> str:
    """All of `docs/dataset.md`."""
    page = PAGE.read_text(encoding="utf-8")
    tables = "\n".join(map(_render_table, TABLES))
    return page.replace(PLACE_OF_TABLES, tables.rstrip())


def _render_table(table: str) -> str:
    described = load_columns()[table]
    about = f"{described['about']} Its month is that of {described['month_of']}."
    rows = [_render_column(table, name, kind) for name, kind in TABLES[table].items()]
    return "\n".join(
        [
            f"## `{table}`",
            "",
            f"{about} {described['adds_up']}",
            "",
            "| column | type | meaning | example |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _render_column(table: str, column: str, kind: pl.DataType) -> str:
    meaning, example = describe_column(table, column)
    return f"| `{column}` | {name_type(kind)} | {meaning} | {render_value(example)} |"


def name_type(kind: pl.DataType) -> str:
    """As Arrow and most readers call it."""
    names = {
        pl.String(): "string",
        pl.Int64(): "int64",
        pl.Boolean(): "bool",
        pl.Date(): "date",
        pl.List(pl.String()): "list of strings",
    }
    return names.get(kind, "timestamp (UTC)")


def render_value(value: object) -> str:
    if isinstance(value, datetime):
        return f"`{value.isoformat()}`"
    if isinstance(value, date):
        return f"`{value}`"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


@click.command()
def main() -> None:
    """Print every table and column of the dataset as Markdown."""
    click.echo(render_reference(), nl=False)


if __name__ == "__main__":
    main()
