"""Stripe's events that are not understood are kept with the reason."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stripe_events", sa.Column("problem", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("stripe_events", "problem")
