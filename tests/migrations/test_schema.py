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
def empty_database() -> Iterator[Engine]:
    with private_postgres() as url:
        engine = migrate.build_engine(url)
        yield engine
        engine.dispose()


def test_there_is_one_head() -> None:
    script = ScriptDirectory.from_config(migrate.build_alembic_config())

    assert len(script.get_heads()) == 1


def test_the_migrations_create_the_schema_of_the_models(
    empty_database: Engine,
) -> None:
    migrate.upgrade(empty_database)

    with empty_database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


@pytest.mark.slow
def test_migrating_again_changes_nothing_and_downgrading_drops_all_tables(
    empty_database: Engine,
) -> None:
    migrate.upgrade(empty_database)
    migrate.upgrade(empty_database)

    migrate.downgrade(empty_database, revision="base")

    assert inspect(empty_database).get_table_names() == ["alembic_version"]
