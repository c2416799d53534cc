"""What orders say of their payment: its id, how it was rounded, that it is void."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("payment_id", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("rounding", sa.Text(), nullable=True))
    op.execute(
        "UPDATE orders SET payment_id = payments.intent_id,"
        " payment_status = CASE WHEN payments.status = 'canceled'"
        " AND orders.payment_status = 'UNPAID' THEN 'VOIDED'"
        " ELSE orders.payment_status END"
        " FROM payments WHERE payments.order_id = orders.id"
    )
    op.execute(
        "UPDATE orders SET rounding = 'HALF_UP_PER_UNIT'"
        " WHERE exchange_rate IS NOT NULL"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE orders SET payment_status = 'UNPAID' FROM payments"
        " WHERE payments.order_id = orders.id AND payment_status = 'VOIDED'"
    )
    op.drop_column("orders", "rounding")
    op.drop_column("orders", "payment_id")
