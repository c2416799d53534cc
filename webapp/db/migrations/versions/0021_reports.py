"""Reports that are mailed on a schedule, and three that a shop begins with."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SALES = {
    "heading": "Sales, and the change on the period before",
    "query": {
        "metrics": ["net_revenue", "orders", "units", "average_order_value"],
        "compareTo": "previous",
    },
}


def _section(
    heading: str, metrics: list[str], group: str, **rest: Any
) -> dict[str, Any]:
    return {
        "heading": heading,
        "query": {"metrics": metrics, "groupBy": [group], **rest},
    }


BEST_SELLERS = _section(
    "Best sellers",
    ["net_revenue", "units", "returned_units"],
    "product",
    sort=[{"by": "net_revenue", "descending": True}],
    limit=10,
)
CATEGORIES = _section(
    "Revenue by category",
    ["net_revenue", "orders"],
    "category",
    compareTo="previous",
    sort=[{"by": "net_revenue", "descending": True}],
)
COUNTRIES = _section(
    "Revenue by country",
    ["net_revenue", "orders"],
    "country",
    sort=[{"by": "net_revenue", "descending": True}],
    limit=10,
)
REFUNDS = {
    "heading": "Refunds and cancellations",
    "query": {"metrics": ["refunds", "refund_rate", "cancellation_rate"]},
}
FIRST_REPORTS = {
    "00000000-0000-7000-8000-000000000001": {
        "name": "Daily sales",
        "sections": [SALES, BEST_SELLERS, REFUNDS],
        "period": {"unit": "day", "offset": 1},
        "schedule": "0 6 * * *",
    },
    "00000000-0000-7000-8000-000000000002": {
        "name": "Weekly sales",
        "sections": [
            SALES,
            _section("Revenue by day", ["net_revenue", "orders"], "day"),
            CATEGORIES,
            BEST_SELLERS,
            {
                "heading": "Unusual days",
                "analysis": {"analysis": "anomalies", "metric": "net_revenue"},
            },
        ],
        "period": {"unit": "week", "offset": 1},
        "schedule": "0 6 * * 1",
        "formats": ["pdf"],
    },
    "00000000-0000-7000-8000-000000000003": {
        "name": "Monthly sales",
        "sections": [
            SALES,
            _section("Revenue by day", ["net_revenue", "orders"], "day"),
            CATEGORIES,
            COUNTRIES,
            BEST_SELLERS,
            _section("New and returning customers", ["customers"], "customer_status"),
            REFUNDS,
        ],
        "period": {"unit": "month", "offset": 1},
        "schedule": "0 7 1 * *",
        "formats": ["pdf", "xlsx"],
    },
}


def _record() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
    ]


def upgrade() -> None:
    reports = op.create_table(
        "reports",
        *_record(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("creator_id", sa.Uuid()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("next_due_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["creator_id"], ["customers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_reports_next_due_at",
        "reports",
        ["next_due_at"],
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_table(
        "report_recipients",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("report_id", "customer_id"),
    )
    op.create_index(
        "ix_report_recipients_customer_id", "report_recipients", ["customer_id"]
    )
    op.create_table(
        "report_runs",
        *_record(),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_manual", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("first_day", sa.Date()),
        sa.Column("last_day", sa.Date()),
        sa.Column("computed_at", sa.DateTime(timezone=True)),
        sa.Column("files", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("met_by", postgresql.ARRAY(sa.Text())),
        sa.CheckConstraint(
            "status IN ('pending', 'computed', 'quiet', 'missed', 'canceled')",
            name="status_known",
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("report_id", "due_at"),
    )
    op.create_index("ix_report_runs_created_at", "report_runs", ["created_at"])
    op.create_table(
        "report_deliveries",
        *_record(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "status IN ('pending', 'sent', 'rejected', 'skipped')", name="status_known"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["report_runs.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "customer_id"),
    )
    op.create_index(
        "ix_report_deliveries_customer_id", "report_deliveries", ["customer_id"]
    )
    op.bulk_insert(
        reports,
        [
            {
                "id": report_id,
                "name": definition["name"],
                "definition": {"filters": [], "formats": [], **definition},
                "version": 1,
                "is_paused": False,
            }
            for report_id, definition in FIRST_REPORTS.items()
        ],
    )


def downgrade() -> None:
    op.drop_table("report_deliveries")
    op.drop_table("report_runs")
    op.drop_table("report_recipients")
    op.drop_table("reports")
