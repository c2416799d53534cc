"""Whose order a delivery tells of can be looked up, for when the account is deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Deliveries wait while it is built, which nobody in the shop waits for.
    op.create_index(
        "ix_webhook_deliveries_customer",
        "webhook_deliveries",
        [sa.text("(payload #>> '{data,order,userId}')")],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_customer", table_name="webhook_deliveries")
