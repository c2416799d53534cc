"""`ecom67 search …` as an operator runs it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.support.factories import RowFactory
from webapp.adapters.search.port import SearchNotReady
from webapp.bootstrap import Runtime
from webapp.catalog.models import Product
from webapp.cli.search import search
from webapp.search.vectors import service as vectors


@pytest.fixture
def shop(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """One product on sale, no index yet, and the settings where the command looks."""
    settings = runtime.settings
    monkeypatch.setenv("DATABASE_URL", settings.require_database_url())
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
    with runtime.db.unit_of_work() as session:
        RowFactory(session).product(name="Lamp")
    return runtime


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(search, arguments)
    return result.exit_code, result.output


def test_the_old_name_of_an_option_is_rejected_with_the_new() -> None:
    code, output = run("check", "--heal")

    assert (code, "--heal is now called --repair" in output) == (2, True)


@pytest.mark.usefixtures("shop")
def test_a_missing_index_is_reported_and_repaired_on_request() -> None:
    code, output = run("check")
    assert (code, "there is no index yet" in output) == (1, True)

    code, output = run("check", "--repair")
    assert (code, "Products repaired: 1" in output) == (0, True)

    code, output = run("check")
    assert (code, output.startswith("Products missing: 0, outdated: 0, ")) == (0, True)


def test_drift_is_reported_with_numbers(shop: Runtime) -> None:
    assert run("rebuild") == (0, "Products in the new search index: 1\n")
    with shop.db.unit_of_work() as session:
        RowFactory(session).product(name="Rug")

    code, output = run("check")

    assert code == 1
    assert output.startswith("Products missing: 1, outdated: 0, ")


@pytest.fixture
def lamps(shop: Runtime) -> dict[str, str]:
    """SKU by name."""
    skus = {}
    with shop.db.unit_of_work() as session:
        rows = RowFactory(session)
        for name in ("Desk lamp", "Lamp shade for desks", "Rug"):
            product = rows.product(name=name, stock=3)
            product.external_ref = f"old-shop:{name}"
            skus[name] = product.variants[0].sku
    run("rebuild")
    return skus


def test_answers_are_measured_and_compared_with_the_last_run(
    lamps: dict[str, str], tmp_path: Path, shop: Runtime
) -> None:
    file = tmp_path / "judgments.csv"
    sku = lamps["Desk lamp"]
    file.write_text(
        f"query,docid,rating\ndesk lamp,{sku},3\ndesk lamp,Rug,0\n"
        "rug,Rug,3\nxylophone,gone,2\nnothing,Rug,0\n"
    )

    code, first = run("evaluate", str(file), "--words")
    with shop.db.unit_of_work() as session:
        [rug] = session.scalars(select(Product).where(Product.name == "Rug"))
        rug.is_active = False
        rug.version += 1
    run("rebuild")
    _, second = run("evaluate", str(file), "--words")

    assert code == 0, first
    plain = " ".join(first.split())
    assert "3 queries" in plain
    assert "0.667 (" in plain
    assert "Judged products that are not on sale here: 1" in plain
    assert "Queries left out, as no product is right for them: 1" in plain
    assert "This is the first run" in plain
    assert "0 queries better, 1 worse" in " ".join(second.split())
    assert "- rug: 1.00 → 0.00" in second


def test_words_and_meaning_are_measured_side_by_side(
    lamps: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "judgments.csv"
    file.write_text(f"query,docid,rating\ndesk lamp,{lamps['Desk lamp']},3\n")

    code, output = run("evaluate", str(file))

    assert code == 0, output
    lines = [line for line in output.splitlines() if "│" in line]
    names = {line.split("│")[1].strip() for line in lines}
    assert names >= {"words", "meaning", "words and meaning"}


def test_an_engine_that_is_not_ready_is_said(tmp_path: Path, shop: Runtime) -> None:
    file = tmp_path / "judgments.csv"
    file.write_text("query,docid,rating\nlamp,1,3\n")

    result = CliRunner().invoke(search, ["evaluate", str(file), "--words"])

    assert shop.settings.search_url
    assert isinstance(result.exception, SearchNotReady)


@pytest.mark.usefixtures("lamps")
def test_a_search_is_explained_part_by_part() -> None:
    code, output = run("debug", "desk lampp under 500", "--words", "--first", "1")

    assert code == 0, output
    plain = " ".join(output.split())
    assert "Read as a filter (price): under 500" in plain
    assert "Corrected: desk lamp" in plain
    assert "The thing asked for: lamp" in plain
    assert "1. Desk lamp" in plain
    assert "is the thing asked for, by its name" in plain
    assert "2." not in plain.split("1. Desk lamp")[0]


@pytest.mark.usefixtures("lamps")
def test_the_model_says_what_is_near_in_meaning(shop: Runtime) -> None:
    with shop.db.unit_of_work() as session:
        ids = session.scalars(select(Product.id)).all()
    vectors.embed_products(shop.db, shop.embedder, ids)

    code, output = run("debug", "something to read by at night")

    assert code == 0, output
    assert "Meaning: first" in " ".join(output.split())
