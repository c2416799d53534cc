"""Migrate the database to the newest schema: `python -m webapp.db.migrate`.

`python -m webapp.db.migrate new "what changes"` writes a migration from the difference
between the models and the database.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import errors
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from webapp.config import Settings, WrongSetting

MIGRATIONS = Path(__file__).parent / "migrations"
# A migration that waits for a lock blocks every query behind it: abort instead.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"
# Of two concurrent deployments, the second waits here and then finds nothing to do.
ADVISORY_LOCK = 6_767_001


class CannotMigrate(Exception):
    """The database's role lacks a privilege. The message says what an admin has to do."""


def build_alembic_config() -> Config:
    config = Config()
    # ConfigParser takes % as the start of an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def get_head_revision() -> str | None:
    return ScriptDirectory.from_config(build_alembic_config()).get_current_head()


def build_engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def upgrade(engine: Engine, *, revision: str = "head") -> None:
    """Raises `CannotMigrate`."""
    try:
        with _migration_config(engine) as config:
            command.upgrade(config, revision)
    except DBAPIError as error:
        if remedy := _find_remedy(error, engine):
            raise CannotMigrate(
                f"{str(error.orig).splitlines()[0]}: {remedy}"
            ) from error
        raise


def _find_remedy(error: DBAPIError, engine: Engine) -> str | None:
    """What an admin does about a missing privilege; `None` when that is not the problem."""
    database, role = engine.url.database, engine.url.username
    match error.orig:
        case errors.InsufficientPrivilege() if _creates_extension(error):
            return (
                f"{role} is no superuser, as it should be. Let an admin run "
                f"CREATE EXTENSION vector in the database {database}, then migrate again"
            )
        case errors.InsufficientPrivilege():
            return f"let an admin make {role} the owner of the database {database} and its tables"
        case errors.FeatureNotSupported() if _creates_extension(error):
            return "install pgvector on the server of the database"
    return None


def _creates_extension(error: DBAPIError) -> bool:
    return (error.statement or "").startswith("CREATE EXTENSION")


def downgrade(engine: Engine, *, revision: str) -> None:
    """Undo newer revisions: their tables and columns are dropped with their data."""
    with _migration_config(engine) as config:
        command.downgrade(config, revision)


@contextmanager
def _migration_config(engine: Engine) -> Iterator[Config]:
    config = build_alembic_config()
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        config.attributes["connection"] = connection
        yield config


def create_migration(engine: Engine, message: str) -> None:
    config = build_alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)


def main(arguments: list[str]) -> int:
    try:
        engine = build_engine(Settings.load().require_database_url())
        if arguments[:1] == ["new"]:
            create_migration(engine, " ".join(arguments[1:]) or "change")
        else:
            upgrade(engine)
            sys.stdout.write(f"schema at {get_head_revision()}\n")
    except (WrongSetting, CannotMigrate) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
