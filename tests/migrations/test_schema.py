from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from tests.support.postgres import private_postgres
from webapp.db import migrate
from webapp.db.tables import Model


@pytest.fixture
def empty() -> Iterator[Engine]:
    with private_postgres() as url:
        engine = migrate.build_engine(url)
        yield engine
        engine.dispose()


def test_there_is_one_head() -> None:
    script = ScriptDirectory.from_config(migrate.build_alembic_config())

    assert len(script.get_heads()) == 1


def test_the_migrations_make_what_the_models_say(empty: Engine) -> None:
    migrate.upgrade(empty)

    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_migrating_again_changes_nothing_and_the_way_back_is_clear(
    empty: Engine,
) -> None:
    migrate.upgrade(empty)
    migrate.upgrade(empty)

    migrate.downgrade(empty, revision="base")

    assert inspect(empty).get_table_names() == ["alembic_version"]
