"""Messages dispatched together, and a relay that is woken only for those that are due."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NOTIFY_OF_DUE = """
CREATE OR REPLACE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM enqueued WHERE due_at <= now()) THEN
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER outbox_enqueued ON outbox_messages;
CREATE TRIGGER outbox_enqueued AFTER INSERT ON outbox_messages
    REFERENCING NEW TABLE AS enqueued
    FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();
"""
NOTIFY_OF_ALL = """
DROP TRIGGER outbox_enqueued ON outbox_messages;
CREATE OR REPLACE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_enqueued AFTER INSERT ON outbox_messages
    FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();
"""


def upgrade() -> None:
    op.add_column("outbox_messages", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.execute(NOTIFY_OF_DUE)


def downgrade() -> None:
    op.execute(NOTIFY_OF_ALL)
    op.drop_column("outbox_messages", "batch_id")
