import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.factories import RowFactory
from tests.support.imports import RETAIL_HEADER
from webapp.cli.imports import import_files
from webapp.db.session import Database
from webapp.imports import mapping, runner
from webapp.imports.service import export_products

PRODUCTS = "productId,name,price,category\n1,Kettle,25,Kitchen\n"
RETAIL_LINE = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


@pytest.fixture
def folder(
    tmp_path: Path,
    postgres_url: str,
    database: Database,  # noqa: ARG001 empties the tables afterwards
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(import_files, [str(each) for each in arguments])


def test_the_exit_code_is_0_for_a_complete_import_and_1_with_rejects(
    folder: Path,
) -> None:
    file = folder / "products.csv"
    file.write_text(PRODUCTS)
    assert run("products", file).exit_code == 0

    file.write_text(PRODUCTS + "2,Lamp,free,Lighting\n")
    result = run("products", file)

    assert result.exit_code == 1
    rejects = folder / "var" / "imports" / "products.csv.products.rejects.jsonl"
    assert '"line": 3' in rejects.read_text()
    assert "rejected" in result.output


def parse_counts(result: Result) -> tuple[int, ...]:
    """Number of rows created, updated, unchanged and rejected."""
    names = "created", "updated", "unchanged", "rejected"
    found = dict(re.findall(r"(\w+) +(\d+)", result.output))
    return tuple(int(found[name]) for name in names)


def test_the_products_that_the_api_exports_are_imported_unchanged(
    folder: Path, database: Database
) -> None:
    with database.unit_of_work() as session:
        make = RowFactory(session)
        shirt = make.product(name="=Shirt", variants=3, currency="GBP")
        shirt.attributes = {"n_ports": 2, "Litres": 1.7, "deep": [None, "é"]}
        shirt.tags = ["a, b", "-1"]
        make.product(is_active=False).external_ref = "icecat:39"
        make.product().variants[0].held = 2  # for an unpaid order
    file = folder / "products.csv"
    exported = "".join(export_products(database))
    file.write_text(exported, newline="")

    result = run("products", file)

    assert result.exit_code == 0, result.output
    assert parse_counts(result) == (0, 0, 5, 0)
    assert "".join(export_products(database)) == exported


def test_rows_of_an_exported_product_are_imported_in_one_batch(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a batch would find the version that the one before it has made."""
    monkeypatch.setattr(runner, "PRODUCT_BATCH_SIZE", 2)
    with database.unit_of_work() as session:
        for variants in (1, 3, 2):
            RowFactory(session).product(variants=variants)
    file = folder / "products.csv"
    exported = "".join(export_products(database))
    file.write_text(exported.replace("25.00", "26.00"), newline="")

    assert parse_counts(run("products", file)) == (0, 6, 0, 0)


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        ("products", '{"id": "1", "title": "Kettle", "price_cents": 2500}', "icecat"),
        ("orders", f"{RETAIL_HEADER}\n{RETAIL_LINE}\n", "online-retail"),
    ],
)
def test_a_built_in_mapping_is_detected_by_the_columns_and_reported(
    folder: Path, kind: str, content: str, name: str
) -> None:
    file = folder / "export"
    file.write_text(content)

    result = run(kind, file)

    assert result.exit_code == 0, result.output
    assert f"export is read with the mapping {name}," in result.output
    assert "choose another with --mapping" in result.output


def test_the_apis_own_column_names_are_read_without_a_message(folder: Path) -> None:
    file = folder / "products.csv"
    file.write_text(PRODUCTS)

    assert "mapping" not in run("products", file).output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "code;title\n1;Kettle\n",
            "has no column productId, name, price. It has: code",
        ),
        ("code;title\n1;Kettle\n", "choose a built-in mapping (icecat)"),
        ("", "The file is empty"),
    ],
)
def test_an_import_that_cannot_run_prints_one_sentence_and_exits_with_2(
    folder: Path, content: str, message: str
) -> None:
    file = folder / "products.csv"
    file.write_text(content)

    result = run("products", file)

    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_an_unavailable_database_is_reported_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@127.0.0.1:1/shop")
    file = folder / "products.csv"
    file.write_text(PRODUCTS)

    result = run("products", file)

    assert result.exit_code == 2
    assert "Run the same command again" in result.output


def test_a_template_is_printed_unchanged() -> None:
    assert run("orders", "--template").output == mapping.read_builtin_mapping(
        "orders-template"
    )
