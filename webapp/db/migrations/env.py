"""Alembic environment: run by `webapp.db.migrate`, which passes the connection."""

from alembic import context

from webapp.db.tables import Model

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Model.metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
