"""Known devices, links to reset a password, revoked access tokens; several registrations of
one address, of which one is verified."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customers", sa.Column("registration_secret_hash", sa.Text(), nullable=True)
    )
    op.add_column(
        "customers",
        sa.Column("token_version", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.add_column(
        "customers",
        sa.Column("tokens_revoked_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "ix_customers_tokens_revoked_at",
        "customers",
        ["tokens_revoked_at"],
        postgresql_where=sa.text("tokens_revoked_at IS NOT NULL"),
    )
    op.create_index(
        "uq_customers_verified_email",
        "customers",
        ["email"],
        unique=True,
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_index("ix_customers_email", "customers", ["email"])
    op.drop_constraint("uq_customers_email", "customers")
    for table in ("known_devices", "password_reset_links"):
        _create_token_table(table)


def _create_token_table(table: str) -> None:
    op.create_table(
        table,
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=f"fk_{table}_customer_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("token_hash", name=f"uq_{table}_token_hash"),
    )
    op.create_index(f"ix_{table}_customer_id", table, ["customer_id"])


def downgrade() -> None:
    op.drop_table("password_reset_links")
    op.drop_table("known_devices")
    # Of several accounts with one address, the earlier version knows only one.
    op.execute(
        """
        DELETE FROM customers unverified USING customers other
        WHERE unverified.email = other.email AND unverified.verified_at IS NULL
          AND (other.verified_at IS NOT NULL OR other.id < unverified.id)
        """
    )
    op.create_unique_constraint("uq_customers_email", "customers", ["email"])
    op.drop_index("ix_customers_email", "customers")
    op.drop_index("uq_customers_verified_email", "customers")
    op.drop_index("ix_customers_tokens_revoked_at", "customers")
    for column in ("tokens_revoked_at", "token_version", "registration_secret_hash"):
        op.drop_column("customers", column)
