from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

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


def test_addresses_get_one_spelling_and_who_has_both_keeps_both(
    empty_database: Engine,
) -> None:
    migrate.upgrade(empty_database, revision="0009")
    emails = ["info@xn--mnchen-3ya.de", "a@xn--strae-oqa.de", "a@straße.de", "b@x.de"]
    with empty_database.begin() as connection:
        for email in emails:
            connection.execute(
                text(
                    "INSERT INTO customers (id, email, name, groups)"
                    " VALUES (gen_random_uuid(), :email, '', '{}')"
                ),
                {"email": email},
            )

    migrate.upgrade(empty_database)

    with empty_database.connect() as connection:
        stored = set(connection.scalars(text("SELECT email FROM customers")))
    assert stored == {"info@münchen.de", *emails[1:]}
