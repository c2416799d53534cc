"""Searches, what followed them, and the figures of their days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COUNTS = (
    "searches", "zero_results", "clicks", "adds", "orders", "clicked", "known_visitors", "ordered",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("is_first_page", sa.Boolean(), nullable=False),
        sa.Column("results", sa.BigInteger(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=True),
        sa.Column("is_aggregated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_searches"),
    )
    op.create_index("ix_searches_occurred_at", "searches", ["occurred_at"])
    op.create_index(
        "ix_searches_open",
        "searches",
        ["occurred_at"],
        postgresql_where=sa.text("NOT is_aggregated"),
    )
    op.create_index(
        "ix_searches_visitor",
        "searches",
        ["visitor", "occurred_at"],
        postgresql_where=sa.text("visitor IS NOT NULL"),
    )
    op.create_table(
        "search_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "type IN ('click', 'add_to_cart', 'order')",
            name="ck_search_events_type_known",
        ),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["searches.id"],
            name="fk_search_events_search_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_search_events"),
    )
    op.create_index("ix_search_events_search_id", "search_events", ["search_id"])
    op.create_table(
        "search_query_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("day", "query", name="pk_search_query_days"),
    )


def downgrade() -> None:
    op.drop_table("search_query_days")
    op.drop_table("search_events")
    op.drop_table("searches")
