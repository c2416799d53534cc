"""The page on the dataset says all of it, and what it says is so."""

import polars as pl
import pytest

from analytics.dataset.manifest import TABLES, Tables
from analytics.dataset.reference import (
    describe_column,
    load_columns,
    render_reference,
)
from webapp.config import PROJECT_ROOT

COLUMNS = [(table, column) for table, schema in TABLES.items() for column in schema]


def test_the_page_is_current() -> None:
    written = (PROJECT_ROOT / "docs" / "dataset.md").read_text()

    assert written == render_reference(), (
        ".venv/bin/python -m analytics.dataset.reference > docs/dataset.md"
    )


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_the_example_of_a_column_is_of_its_type(table: str, column: str) -> None:
    meaning, example = describe_column(table, column)

    assert meaning.endswith(".")
    kind = TABLES[table][column]
    assert pl.Series([example], dtype=kind, strict=True).to_list() == [example]


def test_nothing_is_described_that_is_not_there() -> None:
    described = load_columns()
    shared = described["shared"].keys()

    assert described.keys() == {"shared", *TABLES}
    for table, schema in TABLES.items():
        assert described[table]["columns"].keys() <= schema.keys()
    assert shared <= {column for _, column in COLUMNS}


def test_the_manifest_has_every_table() -> None:
    assert [*Tables.model_fields] == [*TABLES]
