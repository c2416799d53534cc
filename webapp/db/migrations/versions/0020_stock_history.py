"""The record of stock has a beginning for every variant, so that figures can be made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Imports did not record what they changed: of variants whose movements do not add up, or that have
# none of their creation, nothing is known of the time before.
RECONCILE = """
    INSERT INTO stock_movements (id, variant_id, reason, on_hand, held)
    SELECT gen_random_uuid(), v.id, 'RECONCILED',
        v.on_hand - coalesce(m.on_hand, 0), v.held - coalesce(m.held, 0)
    FROM variants v LEFT JOIN (
        SELECT variant_id, sum(on_hand) AS on_hand, sum(held) AS held,
            bool_or(reason = 'OPENED') AS is_opened
        FROM stock_movements GROUP BY variant_id
    ) m ON m.variant_id = v.id
    WHERE m.is_opened IS NOT TRUE OR m.on_hand <> v.on_hand OR m.held <> v.held
"""


def upgrade() -> None:
    op.execute(RECONCILE)
    op.create_index(
        "ix_stock_movements_variant_id_created_at",
        "stock_movements",
        ["variant_id", "created_at"],
    )
    op.drop_index("ix_stock_movements_variant_id", "stock_movements")
    op.create_index(
        "ix_stock_movements_created_at",
        "stock_movements",
        ["created_at"],
        postgresql_using="brin",
    )
    op.create_index(
        "ix_stock_movements_reconciled",
        "stock_movements",
        ["variant_id", "created_at"],
        postgresql_where=sa.text("reason = 'RECONCILED'"),
    )


def downgrade() -> None:
    op.drop_index("ix_stock_movements_reconciled", "stock_movements")
    op.drop_index("ix_stock_movements_created_at", "stock_movements")
    op.create_index("ix_stock_movements_variant_id", "stock_movements", ["variant_id"])
    op.drop_index("ix_stock_movements_variant_id_created_at", "stock_movements")
    op.execute("DELETE FROM stock_movements WHERE reason = 'RECONCILED'")
