"""Tables, columns and constraints under the names that the field uses for them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = [
    ("chunks", "words", "search_vector"),
    ("import_runs", "is_dry", "is_dry_run"),
    ("import_staged_lines", "place", "sequence_no"),
    ("integrity_checks", "found", "violations"),
    ("orders", "request_key", "idempotency_key"),
    ("outbox_messages", "begun_at", "started_at"),
    ("outbox_messages", "failed_at", "dead_lettered_at"),
    ("outbox_messages", "sent_at", "dispatched_at"),
    ("schedule_entries", "every", "interval"),
    ("schedule_entries", "next_at", "next_run_at"),
    ("sent_notifications", "refused", "rejection_reason"),
    ("webhook_deliveries", "next_try_at", "next_attempt_at"),
]
TABLES = [
    ("stock_changes", "stock_movements"),
    ("webhook_events", "stripe_events"),
]
CONSTRAINTS = [
    (
        "orders",
        "uq_orders_customer_id_request_key",
        "uq_orders_customer_id_idempotency_key",
    ),
    ("stock_movements", "pk_stock_changes", "pk_stock_movements"),
    (
        "stock_movements",
        "fk_stock_changes_variant_id",
        "fk_stock_movements_variant_id",
    ),
    ("stripe_events", "pk_webhook_events", "pk_stripe_events"),
]
INDEXES = [
    ("ix_chunks_words", "ix_chunks_search_vector"),
    ("ix_outbox_messages_failed", "ix_outbox_messages_dead"),
    ("ix_stock_changes_order_id", "ix_stock_movements_order_id"),
    ("ix_stock_changes_variant_id", "ix_stock_movements_variant_id"),
]
TRIGGERS = [("outbox_messages", "outbox_promised", "outbox_enqueued")]


def upgrade() -> None:
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    for old, new in TABLES:
        op.rename_table(old, new)
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    for table, old, new in TRIGGERS:
        op.execute(f"ALTER TRIGGER {old} ON {table} RENAME TO {new}")


def downgrade() -> None:
    for table, old, new in TRIGGERS:
        op.execute(f"ALTER TRIGGER {new} ON {table} RENAME TO {old}")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}")
    for old, new in TABLES:
        op.rename_table(new, old)
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
