"""A log of the orders whose facts changed, by the transaction that changed them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Of one transaction: a snapshot tells whether it saw the transaction, however late that committed.
RECORD = """
    INSERT INTO order_changes (changed_in, order_number, customer)
    SELECT pg_current_xact_id()::text::bigint, {columns}
    ON CONFLICT DO NOTHING;
"""
CHANGED_ORDERS = """
    number, '' FROM after
    UNION
    SELECT pg_current_xact_id()::text::bigint, before.number,
        coalesce(before.customer_id::text, before.customer_ref, '')
    FROM before LEFT JOIN after USING (id)
    WHERE (before.number, before.customer_id, before.customer_ref)
        IS DISTINCT FROM (after.number, after.customer_id, after.customer_ref)
"""
DELETED_ORDERS = """
    number, coalesce(customer_id::text, customer_ref, '') FROM before
"""
ORDERS_OF_LINES = """
    number, '' FROM orders WHERE id IN (SELECT order_id FROM {rows})
"""
ORDERS_OF_REFUNDS = """
    number, '' FROM orders WHERE id IN (
        SELECT order_id FROM payments WHERE id IN (SELECT payment_id FROM {rows})
    )
"""
ORDERS_OF_REFUND_ITEMS = """
    number, '' FROM orders WHERE id IN (
        SELECT order_id FROM order_items WHERE id IN (SELECT order_item_id FROM {rows})
    )
"""
ORDERS_OF_PAYMENT = """
    number, '' FROM orders WHERE id IN (OLD.order_id, NEW.order_id)
"""
ROWS = {
    "INSERT": "NEW TABLE AS after",
    "UPDATE": "OLD TABLE AS before NEW TABLE AS after",
    "DELETE": "OLD TABLE AS before",
}
TABLES = ("orders", "order_items", "refunds", "refund_items")


def upgrade() -> None:
    op.create_table(
        "order_changes",
        sa.Column("changed_in", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "changed_in", "order_number", "customer", name="pk_order_changes"
        ),
    )
    op.create_index(
        "ix_orders_customer_ref",
        "orders",
        ["customer_ref"],
        postgresql_where=sa.text("customer_ref IS NOT NULL"),
    )
    for table, statements in _list_statements().items():
        for operation, columns in statements.items():
            _record_statements(table, operation, columns)
        _refuse_truncate(table)
    _record_payments()


def _list_statements() -> dict[str, dict[str, list[str]]]:
    """By table and operation, what is recorded."""
    related = {
        "order_items": ORDERS_OF_LINES,
        "refunds": ORDERS_OF_REFUNDS,
        "refund_items": ORDERS_OF_REFUND_ITEMS,
    }
    rows = {"INSERT": ["after"], "UPDATE": ["before", "after"], "DELETE": ["before"]}
    statements = {
        table: {
            operation: [columns.format(rows=each) for each in names]
            for operation, names in rows.items()
        }
        for table, columns in related.items()
    }
    statements["orders"] = {
        "INSERT": ["number, '' FROM after"],
        "UPDATE": [CHANGED_ORDERS],
        "DELETE": [DELETED_ORDERS],
    }
    return statements


def _record_statements(table: str, operation: str, columns: list[str]) -> None:
    name = f"record_{operation.lower()}_of_{table}"
    body = "".join(RECORD.format(columns=each) for each in columns)
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN {body} RETURN NULL;\nEND $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {operation} ON {table} REFERENCING {ROWS[operation]}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _refuse_truncate(table: str) -> None:
    """TRUNCATE has no rows to record."""
    name = f"refuse_truncate_of_{table}"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN RAISE 'Rows of {table} are deleted by DELETE: TRUNCATE records no changes';\n"
        "END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _record_payments() -> None:
    """Of a payment only the order matters, which no code changes: this costs nothing."""
    name = "record_update_of_payments"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN {RECORD.format(columns=ORDERS_OF_PAYMENT)} RETURN NULL;\nEND $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER UPDATE OF order_id ON payments FOR EACH ROW"
        f" WHEN (OLD.order_id <> NEW.order_id) EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION record_update_of_payments CASCADE")
    for table in TABLES:
        op.execute(f"DROP FUNCTION refuse_truncate_of_{table} CASCADE")
        for operation in ROWS:
            op.execute(f"DROP FUNCTION record_{operation.lower()}_of_{table} CASCADE")
    op.drop_index("ix_orders_customer_ref", "orders")
    op.drop_table("order_changes")
