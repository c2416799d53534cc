"""When a run of a job began, and why a mail was refused for good."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbox_messages",
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column("sent_notifications", sa.Column("refused", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sent_notifications", "refused")
    op.drop_column("outbox_messages", "begun_at")
