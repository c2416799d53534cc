"""Brand, tags and channel of an order, and the lines that a refund is for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Null where a row is older: none is rewritten, and the lock of each table is short.
LINES = ("order_items", "import_staged_lines")
ORDERS = ("orders", "import_staged_lines")


def upgrade() -> None:
    for table in LINES:
        op.add_column(table, sa.Column("brand", sa.Text(), nullable=True))
        op.add_column(
            table, sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=True)
        )
    for table in ORDERS:
        op.add_column(table, sa.Column("channel", sa.Text(), nullable=True))
    op.create_table(
        "refund_items",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name="ck_refund_items_quantity_positive"),
        sa.CheckConstraint(
            "amount_minor >= 0", name="ck_refund_items_amount_not_negative"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["refunds.id"],
            name="fk_refund_items_refund_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["order_item_id"],
            ["order_items.id"],
            name="fk_refund_items_order_item_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refund_items"),
        sa.UniqueConstraint(
            "refund_id",
            "order_item_id",
            name="uq_refund_items_refund_id_order_item_id",
        ),
    )
    op.create_index(
        "ix_refund_items_order_item_id", "refund_items", ["order_item_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("refund_items")
    for table in ORDERS:
        op.drop_column(table, "channel")
    for table in LINES:
        op.drop_column(table, "tags")
        op.drop_column(table, "brand")
