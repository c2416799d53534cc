"""One spelling of each category, brand and tag: the one of its first product."""

import re
from collections.abc import Iterable
from unicodedata import category, normalize
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX_BATCH_SIZE = 500
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
SPELLINGS_BY_AGE = {
    "category": "SELECT category FROM products GROUP BY 1 ORDER BY min(created_at), 1",
    "brand": "SELECT brand FROM products WHERE brand IS NOT NULL"
    " GROUP BY 1 ORDER BY min(created_at), 1",
    "tag": "SELECT tag FROM products, unnest(tags) AS tag"
    " GROUP BY 1 ORDER BY min(created_at), 1",
}


def upgrade() -> None:
    op.create_table(
        "product_labels",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_product_labels"),
    )
    changed: set[object] = set()
    for kind, query in SPELLINGS_BY_AGE.items():
        changed |= unify_labels(kind, query)
    enqueue_indexing(sorted(changed, key=str))


def downgrade() -> None:
    """Products keep the spellings that they have by now."""
    op.drop_table("product_labels")


def unify_labels(kind: str, query: str) -> set[object]:
    """Return the ids of the products that have another spelling now."""
    connection = op.get_bind()
    first: dict[str, str] = {}
    respelled: dict[str, str] = {}
    for spelling in connection.scalars(sa.text(query)):
        known = first.setdefault(make_key(spelling), trim_blanks(spelling))
        if known != spelling:
            respelled[spelling] = known
    if first:
        op.bulk_insert(
            sa.table(
                "product_labels",
                sa.column("kind"),
                sa.column("key"),
                sa.column("spelling"),
            ),
            [
                {"kind": kind, "key": key, "spelling": spelling}
                for key, spelling in first.items()
            ],
        )
    return respell_tags(respelled) if kind == "tag" else respell(kind, respelled)


def respell(column: str, respelled: dict[str, str]) -> set[object]:
    connection = op.get_bind()
    products = sa.table(
        "products", sa.column("id"), sa.column(column), sa.column("version")
    )
    changed: set[object] = set()
    for old, new in respelled.items():
        changed |= {
            *connection.scalars(
                sa.update(products)
                .where(products.c[column] == old)
                .values({column: new, "version": products.c.version + 1})
                .returning(products.c.id)
            )
        }
    return changed


def respell_tags(respelled: dict[str, str]) -> set[object]:
    connection = op.get_bind()
    products = sa.table(
        "products",
        sa.column("id"),
        sa.column("tags", postgresql.ARRAY(sa.Text())),
        sa.column("version"),
    )
    rows = connection.execute(
        sa.select(products.c.id, products.c.tags).where(
            products.c.tags.overlap(list(respelled))
        )
    ).all()
    for product_id, tags in rows:
        unique = list(dict.fromkeys(respelled.get(tag, tag) for tag in tags))
        connection.execute(
            sa.update(products)
            .where(products.c.id == product_id)
            .values(tags=unique, version=products.c.version + 1)
        )
    return {product_id for product_id, _ in rows}


def enqueue_indexing(product_ids: Iterable[object]) -> None:
    ids = [str(product_id) for product_id in product_ids]
    messages = sa.table(
        "outbox_messages",
        sa.column("id"),
        sa.column("job"),
        sa.column("arguments", postgresql.JSONB()),
        sa.column("attempts"),
    )
    for start in range(0, len(ids), INDEX_BATCH_SIZE):
        batch = ",".join(ids[start : start + INDEX_BATCH_SIZE])
        op.execute(
            sa.insert(messages).values(
                id=uuid4(),
                job="search.index_products",
                arguments={"ids": batch},
                attempts=0,
            )
        )


def make_key(label: str) -> str:
    visible = "".join(filter(is_visible, normalize("NFKC", label)))
    return trim_blanks(normalize("NFKC", visible.casefold()))


def is_visible(character: str) -> bool:
    return character.isspace() or not (
        category(character) in {"Cf", "Zl", "Zp"} or INVISIBLE.match(character)
    )


def trim_blanks(label: str) -> str:
    return " ".join(label.split())
