from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.cli.imports import import_files
from webapp.db.session import Database
from webapp.imports import mapping

PRODUCTS = "productId,name,price,category\n1,Kettle,25,Kitchen\n"


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


def test_everything_in_is_0_and_rejects_are_1(folder: Path) -> None:
    file = folder / "products.csv"
    file.write_text(PRODUCTS)
    assert run("products", file).exit_code == 0

    file.write_text(PRODUCTS + "2,Lamp,free,Lighting\n")
    done = run("products", file)

    assert done.exit_code == 1
    rejects = folder / "var" / "imports" / "products.csv.products.rejects.jsonl"
    assert '"line": 3' in rejects.read_text()
    assert "rejected" in done.output


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sku;title\n1;Kettle\n", "has no column productId, name, price. It has: sku"),
        ("", "products.csv is empty"),
    ],
)
def test_what_stops_an_import_is_one_sentence_and_2(
    folder: Path, content: str, says: str
) -> None:
    file = folder / "products.csv"
    file.write_text(content)

    stopped = run("products", file)

    assert stopped.exit_code == 2
    assert says in stopped.output
    assert "Traceback" not in stopped.output


def test_a_database_that_is_away_is_said_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@127.0.0.1:1/shop")
    file = folder / "products.csv"
    file.write_text(PRODUCTS)

    stopped = run("products", file)

    assert stopped.exit_code == 2
    assert "Run the same command again" in stopped.output


def test_a_template_is_printed_as_it_ships() -> None:
    assert run("orders", "--template").output == mapping.shipped("orders-template")


def test_lines_that_are_no_utf8_are_said_aloud(folder: Path) -> None:
    file = folder / "products.csv"
    file.write_bytes(PRODUCTS.encode() + b"2,Caf\xe9 set,5,Kitchen\n")

    assert "Windows-1252, being no UTF-8: 1" in run("products", file).output
