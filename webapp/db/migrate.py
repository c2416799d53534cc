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
from sqlalchemy import Engine, create_engine, text

from webapp.config import Settings, WrongSetting

MIGRATIONS = Path(__file__).parent / "migrations"
# A migration that waits for a lock blocks every query behind it: abort instead.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"
# Of two concurrent deployments, the second waits here and then finds nothing to do.
ADVISORY_LOCK = 6_767_001


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
    with _migration_config(engine) as config:
        command.upgrade(config, revision)


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
    except WrongSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments[:1] == ["new"]:
        create_migration(engine, " ".join(arguments[1:]) or "change")
    else:
        upgrade(engine)
        sys.stdout.write(f"schema at {get_head_revision()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
