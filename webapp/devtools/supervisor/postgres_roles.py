"""Roles of the embedded PostgreSQL: the shop's owns its database and is no superuser.

initdb's superuser has another name and a password that only the supervisor uses. Earlier
versions made the shop's role the superuser: `prepare_database` moves such a cluster over, in
steps of which each is one transaction and may be repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from webapp.devtools.supervisor.errors import PartFailed

USER = "shop"
DATABASE = "shop"
SUPERUSER = "shop_superuser"
ROLE, SUPERUSER_ROLE = sql.Identifier(USER), sql.Identifier(SUPERUSER)
NAMES = {"role": ROLE, "superuser": SUPERUSER_ROLE}
CREATE_ROLE = sql.SQL("CREATE ROLE {role} LOGIN PASSWORD {password}")
# Nobody can rename the role of his own session, and the first superuser cannot be made an
# ordinary role: a second one, which is gone when the transaction ends, gives it another name.
RENAME_SUPERUSER = sql.SQL(
    """
    CREATE ROLE renaming SUPERUSER;
    SET SESSION AUTHORIZATION renaming;
    ALTER ROLE {role} RENAME TO {superuser};
    ALTER ROLE {superuser} PASSWORD {superuser_password};
    CREATE ROLE {role} LOGIN PASSWORD {password};
    RESET SESSION AUTHORIZATION;
    DROP ROLE renaming
    """
)
# What the superuser owns beyond what initdb made (below that oid) and extensions. A table's
# indexes, and the sequences of its columns, follow it.
LIST_CHANGES_OF_OWNER = """
    SELECT format('ALTER %%s %%s OWNER TO %%I', named.type, named.identity, %(role)s::text)
    FROM (
        SELECT 'pg_namespace'::regclass AS classid, oid, nspowner AS owner
        FROM pg_namespace WHERE NOT starts_with(nspname, 'pg_')
        UNION ALL
        SELECT 'pg_class'::regclass, oid, relowner
        FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') OR relkind = 'S' AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
              AND deptype IN ('a', 'i')
        )
        UNION ALL
        SELECT 'pg_type'::regclass, pg_type.oid, typowner
        FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
        WHERE typtype IN ('e', 'd', 'r') OR relkind = 'c'
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc
    ) AS object, pg_identify_object(object.classid, object.oid, 0) AS named
    WHERE object.owner = %(superuser)s::text::regrole AND object.oid >= 16384
      AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = object.classid AND objid = object.oid AND deptype = 'e'
      )
"""


def format_role_creation(password: str) -> str:
    """The statement that creates the shop's role."""
    values = {"role": ROLE, "password": sql.Literal(password)}
    return CREATE_ROLE.format(**values).as_string()


def prepare_database(
    maintenance_url: str,
    *,
    superuser_maintenance_url: str,
    superuser_url: str,
    password: str,
    superuser_password: str,
) -> None:
    """Create the shop's database unless it exists, with its extension, owned by the shop's role.

    The first address is the shop's role's. Raises `PartFailed`.
    """
    with _open_connection(maintenance_url) as shop:
        _free_name_of_superuser(
            shop, password=password, superuser_password=superuser_password
        )
    with _open_connection(superuser_maintenance_url) as superuser:
        _create_database(superuser)
    with _open_connection(superuser_url) as superuser, superuser.transaction():
        superuser.execute("CREATE EXTENSION IF NOT EXISTS vector")
        _give_objects_to_shop(superuser)


@contextmanager
def _open_connection(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise PartFailed(
            "The roles of the embedded PostgreSQL cannot be set up "
            f"({str(error).strip().splitlines()[-1]}): is var/secrets.env that of var/postgres?"
        ) from error
    except psycopg.Error as error:
        raise PartFailed(
            f"The database of the embedded PostgreSQL cannot be set up: {error}"
        ) from error


def _free_name_of_superuser(
    connection: psycopg.Connection, *, password: str, superuser_password: str
) -> None:
    """Rename the shop's role while it is the only superuser, and create it anew without."""
    row = connection.execute(
        "SELECT FROM pg_roles WHERE rolname = %s AND rolsuper "
        "AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)",
        [USER, SUPERUSER],
    ).fetchone()
    if row is None:
        return
    secrets = {"password": password, "superuser_password": superuser_password}
    literals = {name: sql.Literal(value) for name, value in secrets.items()}
    with connection.transaction():
        connection.execute(RENAME_SUPERUSER.format(**NAMES, **literals))


def _create_database(connection: psycopg.Connection) -> None:
    owner = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [DATABASE]
    ).fetchone()
    names = {**NAMES, "database": sql.Identifier(DATABASE)}
    if owner is None:
        statement = sql.SQL("CREATE DATABASE {database} OWNER {role}")
        connection.execute(statement.format(**names))
    elif owner[0] != USER:
        statement = sql.SQL("ALTER DATABASE {database} OWNER TO {role}")
        connection.execute(statement.format(**names))
    connection.execute(sql.SQL("ALTER ROLE {role} NOSUPERUSER").format(**names))


def _give_objects_to_shop(connection: psycopg.Connection) -> None:
    names = {"role": USER, "superuser": SUPERUSER}
    for (change,) in connection.execute(LIST_CHANGES_OF_OWNER, names).fetchall():
        connection.execute(change.encode())
