"""`ecom67 search …` as an operator runs it."""

import pytest
from click.testing import CliRunner

from tests.support.factories import RowFactory
from webapp.bootstrap import Runtime
from webapp.cli.search import search


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
