from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from tests.support.postgres import (
    emptied_again,
    opened_as_superuser,
    private_postgres,
)
from webapp.db import migrate
from webapp.db.tables import Model


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server of these tests' own, as they change what belongs to its superuser."""
    with private_postgres() as url:
        yield url


@pytest.fixture
def empty_database(server_url: str) -> Iterator[Engine]:
    with emptied_again(server_url):
        engine = migrate.build_engine(server_url)
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
def test_the_error_of_a_role_that_may_not_create_the_extension_names_the_remedy(
    empty_database: Engine,
) -> None:
    with opened_as_superuser(empty_database) as superuser:
        superuser.execute("DROP EXTENSION vector")

    with pytest.raises(migrate.CannotMigrate) as error:
        migrate.upgrade(empty_database)

    assert str(error.value) == (
        'permission denied to create extension "vector": shop is no superuser, as it should be. '
        "Let an admin run CREATE EXTENSION vector in the database shop, then migrate again"
    )
    with opened_as_superuser(empty_database) as superuser:
        superuser.execute("CREATE EXTENSION vector")
    migrate.upgrade(empty_database)


def test_the_error_of_a_role_that_does_not_own_the_database_names_the_remedy(
    empty_database: Engine,
) -> None:
    with opened_as_superuser(empty_database) as superuser:
        superuser.execute("ALTER DATABASE shop OWNER TO shop_superuser")

    with pytest.raises(migrate.CannotMigrate) as error:
        migrate.upgrade(empty_database)

    assert str(error.value) == (
        "permission denied for schema public: "
        "let an admin make shop the owner of the database shop and its tables"
    )


def test_any_other_error_of_the_database_is_not_about_privileges(
    empty_database: Engine,
) -> None:
    with empty_database.begin() as connection:
        connection.execute(text("CREATE TABLE customers ()"))

    with pytest.raises(ProgrammingError, match="already exists"):
        migrate.upgrade(empty_database)


@pytest.mark.slow
def test_migrating_again_changes_nothing_and_downgrading_drops_all_tables(
    empty_database: Engine,
) -> None:
    migrate.upgrade(empty_database)
    migrate.upgrade(empty_database)

    migrate.downgrade(empty_database, revision="base")

    assert inspect(empty_database).get_table_names() == ["alembic_version"]


@pytest.mark.slow
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


@pytest.mark.slow
def test_labels_get_the_spelling_of_their_first_product(
    empty_database: Engine,
) -> None:
    migrate.upgrade(empty_database, revision="0011")
    products = [
        ("mugs ", "Acme", ["Gift"]),
        ("Mugs", "ACME", ["gift", "Gift", "new"]),
        ("Tea", None, ["new"]),
    ]
    with empty_database.begin() as connection:
        for age, (category, brand, tags) in enumerate(reversed(products)):
            connection.execute(
                text(
                    "INSERT INTO products (id, created_at, name, description, currency,"
                    " attributes, is_active, version, category, brand, tags) VALUES"
                    " (gen_random_uuid(), now() - :age * interval '1 day', '', '', 'USD',"
                    " '{}', true, 1, :category, :brand, :tags)"
                ),
                {"age": age, "category": category, "brand": brand, "tags": tags},
            )

    migrate.upgrade(empty_database)

    with empty_database.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT id, category, brand, tags, version FROM products"
                " ORDER BY created_at"
            )
        ).all()
        indexed = connection.scalars(
            text("SELECT arguments ->> 'ids' FROM outbox_messages")
        ).all()
    assert [tuple(row[1:]) for row in rows] == [
        ("mugs", "Acme", ["Gift"], 2),
        ("mugs", "Acme", ["Gift", "new"], 4),
        ("Tea", None, ["new"], 1),
    ]
    assert [set(ids.split(",")) for ids in indexed] == [
        {str(row.id) for row in rows[:2]}
    ]


@pytest.mark.slow
def test_older_lines_are_not_recorded_and_a_downgrade_forgets_newer_ones(
    empty_database: Engine,
) -> None:
    migrate.upgrade(empty_database, revision="0015")
    with empty_database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO orders (id, status, payment_status, currency, subtotal_minor,"
                " tax_minor, total_minor, shipping_address) VALUES"
                " (gen_random_uuid(), 'PAID', 'PAID', 'USD', 1, 0, 1, '{}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO order_items (id, order_id, position, kind, name, sku, category,"
                " quantity, unit_price_minor, line_total_minor)"
                " SELECT gen_random_uuid(), id, 0, 'SALE', '', '', '', 1, 1, 1 FROM orders"
            )
        )

    migrate.upgrade(empty_database)

    with empty_database.connect() as connection:
        recorded = connection.execute(
            text(
                "SELECT brand, tags, channel FROM order_items"
                " JOIN orders ON orders.id = order_items.order_id"
            )
        ).one()
    assert tuple(recorded) == (None, None, None)
    migrate.downgrade(empty_database, revision="0015")
    assert "refund_items" not in inspect(empty_database).get_table_names()
