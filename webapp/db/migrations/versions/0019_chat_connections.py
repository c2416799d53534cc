"""Open chat sockets, each for a day at most."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_connections",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "agent IN ('support', 'insights')", name="ck_chat_connections_agent_known"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["customers.id"],
            name="fk_chat_connections_owner_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_chat_connections"),
    )
    op.create_index("ix_chat_connections_owner_id", "chat_connections", ["owner_id"])
    op.create_index(
        "ix_chat_connections_expires_at", "chat_connections", ["expires_at"]
    )


def downgrade() -> None:
    op.drop_table("chat_connections")
