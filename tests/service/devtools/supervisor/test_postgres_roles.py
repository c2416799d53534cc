"""The shop's role owns its database and is no superuser, also where it was one before."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.support.postgres import initialize_as_superuser, run_postgres
from webapp.db.migrate import build_engine, upgrade
from webapp.devtools.supervisor import postgres_roles
from webapp.devtools.supervisor.errors import PartFailed
from webapp.devtools.supervisor.postgres import PostgresCluster

pytestmark = pytest.mark.slow
# Of each kind that PostgreSQL has; "Odd" needs quotes.
OBJECTS = """
    CREATE SCHEMA "Odd";
    CREATE TABLE "Odd"."Table 1" (id bigserial PRIMARY KEY, other int GENERATED ALWAYS AS IDENTITY);
    CREATE TABLE parts (id int) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2);
    CREATE VIEW seen AS SELECT 1 AS one;
    CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one;
    CREATE SEQUENCE counted;
    CREATE TYPE mood AS ENUM ('good');
    CREATE TYPE pair AS (a int, b int);
    CREATE TYPE span AS RANGE (subtype = int);
    CREATE DOMAIN positive AS int CHECK (value > 0);
    CREATE FUNCTION twice(a int, text DEFAULT '') RETURNS int LANGUAGE sql AS 'SELECT a * 2';
    CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int)
"""
STRANGERS_OBJECTS = """
    SELECT count(*) FROM (
        SELECT oid, relowner FROM pg_class WHERE relkind <> 't'
        UNION ALL SELECT oid, typowner FROM pg_type
        UNION ALL SELECT oid, proowner FROM pg_proc
        UNION ALL SELECT oid, nspowner FROM pg_namespace
    ) AS object (oid, owner)
    WHERE oid >= 16384 AND owner <> 'shop'::regrole
      AND NOT EXISTS (
        SELECT FROM pg_depend WHERE objid = object.oid AND deptype = 'e'
      )
      -- types of extension's types and tables' toast follow them
      AND NOT EXISTS (
        SELECT FROM pg_type JOIN pg_depend ON objid = pg_type.typelem AND deptype = 'e'
        WHERE pg_type.oid = object.oid
      )
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ecom67-", dir="/tmp") as folder:
        yield Path(folder)


@contextmanager
def connecting(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def superuser_url(cluster: PostgresCluster) -> str:
    return cluster.url.replace("shop:open-sesame@", "shop_superuser:its-own@")


def read_roles(cluster: PostgresCluster) -> dict[str, bool]:
    """Name → whether it is a superuser."""
    with connecting(cluster.maintenance_url) as connection:
        return dict(
            connection.execute(
                "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_'"
            ).fetchall()
        )


def count_strangers_objects(cluster: PostgresCluster) -> int:
    with connecting(cluster.url) as connection:
        [(count,)] = connection.execute(STRANGERS_OBJECTS).fetchall()
    return int(count)


def migrate(cluster: PostgresCluster) -> None:
    engine = build_engine(cluster.url)
    upgrade(engine)
    engine.dispose()


@contextmanager
def running_earlier_version(cluster: PostgresCluster, home: Path) -> Iterator[None]:
    """A cluster whose superuser is the shop's role, with the shop's database and more."""
    initialize_as_superuser(cluster)
    with run_postgres(cluster, log=home / "log"):
        with connecting(cluster.maintenance_url) as connection:
            connection.execute("CREATE DATABASE shop")
        migrate(cluster)
        with connecting(cluster.url) as connection:
            connection.execute(OBJECTS)
            connection.execute("CREATE ROLE reader")
            connection.execute("GRANT SELECT ON seen TO reader")
        yield


ROLES = {"shop": False, "shop_superuser": True}


def test_a_new_shop_migrates_and_is_no_superuser(
    cluster: PostgresCluster, home: Path
) -> None:
    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        migrate(cluster)

        assert read_roles(cluster) == ROLES
        assert count_strangers_objects(cluster) == 0
        with (
            connecting(cluster.url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("COPY customers TO PROGRAM 'cat'")


def test_a_shop_that_was_the_superuser_owns_everything_and_is_none_any_more(
    cluster: PostgresCluster, home: Path
) -> None:
    with running_earlier_version(cluster, home):
        cluster.prepare_database()
        cluster.prepare_database()

        assert read_roles(cluster) == {**ROLES, "reader": False}
        assert count_strangers_objects(cluster) == 0
        with connecting(cluster.url) as connection:
            connection.execute("ALTER TABLE orders ADD COLUMN more int")
            connection.execute(
                'DROP FUNCTION twice; DROP TYPE mood; DROP SCHEMA "Odd" CASCADE'
            )
            [(granted,)] = connection.execute(
                "SELECT has_table_privilege('reader', 'seen', 'SELECT')"
            )
            [(owner,)] = connection.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'"
            )
        assert granted
        assert owner == "shop"


def test_a_move_that_was_interrupted_after_any_step_is_finished_by_the_next_start(
    cluster: PostgresCluster, home: Path
) -> None:
    """The first step is one transaction; after it the shop cannot read its tables yet."""
    with running_earlier_version(cluster, home):
        with connecting(cluster.url) as connection:
            connection.execute(
                postgres_roles.RENAME_SUPERUSER.format(
                    role=sql.Identifier("shop"),
                    superuser=sql.Identifier("shop_superuser"),
                    password=sql.Literal("open-sesame"),
                    superuser_password=sql.Literal("its-own"),
                )
            )
        with (
            connecting(cluster.url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT FROM orders")

        cluster.prepare_database()

        assert read_roles(cluster) == {**ROLES, "reader": False}
        assert count_strangers_objects(cluster) == 0


def test_a_server_killed_in_the_middle_of_the_renaming_is_as_it_was(
    cluster: PostgresCluster, home: Path
) -> None:
    with running_earlier_version(cluster, home):
        connection = psycopg.connect(cluster.url)
        connection.execute(
            postgres_roles.RENAME_SUPERUSER.format(
                role=sql.Identifier("shop"),
                superuser=sql.Identifier("shop_superuser"),
                password=sql.Literal("open-sesame"),
                superuser_password=sql.Literal("its-own"),
            )
        )
    connection.close()

    with run_postgres(cluster, log=home / "log"):
        assert read_roles(cluster) == {"shop": True, "reader": False}
        cluster.prepare_database()
        assert read_roles(cluster) == {**ROLES, "reader": False}


def test_a_first_start_that_an_earlier_version_did_not_finish_is_finished(
    cluster: PostgresCluster, home: Path
) -> None:
    initialize_as_superuser(cluster)

    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        migrate(cluster)

        assert read_roles(cluster) == ROLES


def test_a_role_that_was_made_superuser_by_hand_is_none_at_the_next_start(
    cluster: PostgresCluster, home: Path
) -> None:
    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        with connecting(superuser_url(cluster)) as connection:
            connection.execute("ALTER ROLE shop SUPERUSER")

        cluster.prepare_database()

        assert read_roles(cluster) == ROLES


def test_a_data_folder_with_other_secrets_says_so(
    cluster: PostgresCluster, home: Path
) -> None:
    with run_postgres(cluster, log=home / "log"):
        other = replace(cluster, superuser_password="another")

        with pytest.raises(
            PartFailed, match=r"is var/secrets\.env that of var/postgres"
        ):
            other.prepare_database()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_what_nobody_owned_belongs_to_a_user_of_its_own(
    cluster: PostgresCluster, home: Path
) -> None:
    elsewhere = home / "wal"
    initialize_as_superuser(cluster)
    nobody = cluster.data_folder.stat().st_uid
    (cluster.data_folder / "pg_wal").rename(elsewhere)
    (cluster.data_folder / "pg_wal").symlink_to(elsewhere)
    other = home / "of another program"
    other.write_text("")
    os.chown(other, nobody, -1)
    (cluster.data_folder / "link").symlink_to(other)

    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        migrate(cluster)

    entries = [
        *cluster.data_folder.rglob("*"),
        cluster.data_folder,
        *elsewhere.rglob("*"),
    ]
    owners = {entry.lstat().st_uid for entry in entries if not entry.is_symlink()}
    assert len(owners) == 1
    assert not owners & {0, nobody}
    assert other.stat().st_uid == nobody
