"""The price of a cart line that the customer was last shown."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cart_lines", sa.Column("seen_price_minor", sa.BigInteger(), nullable=True)
    )
    op.execute("UPDATE cart_lines SET seen_price_minor = price_minor")
    op.alter_column("cart_lines", "seen_price_minor", nullable=False)


def downgrade() -> None:
    op.drop_column("cart_lines", "seen_price_minor")
