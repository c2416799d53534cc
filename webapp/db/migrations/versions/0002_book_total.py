"""What an order is worth in the currency of the books."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty where the order is older: no new row and no rewrite of the table is needed.
    op.add_column(
        "orders", sa.Column("book_total_minor", sa.BigInteger(), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("orders", "book_total_minor")
