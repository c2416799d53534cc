"""Seeds a shop of a given size by SQL alone: a million order lines in half a minute."""

from sqlalchemy import Engine, inspect, text

BUYERS = 4_000
LINES_PER_ORDER = 4

# The rows are alike for any size, so that only their number can make a difference.
PEOPLE = text("""
    INSERT INTO customers (id, email, name, groups, verified_at)
    SELECT gen_random_uuid(), 'buyer' || n || '@example.com', 'Buyer ' || n, '{}', now()
    FROM generate_series(1, :count) AS n
""")
PRODUCTS = text("""
    INSERT INTO products (id, created_at, name, description, brand, category, currency,
                          tags, attributes, is_active, version)
    SELECT gen_random_uuid(), now() - n * interval '1 second',
           (ARRAY['Steel','Oak','Linen','Copper','Glass','Wool','Stone'])[1 + n % 7] || ' '
           || (ARRAY['kettle','lamp','chair','shelf','clock'])[1 + n % 5] || ' ' || n,
           repeat('Made to be used every day and to be mended when it breaks. ', 5),
           'Brand ' || n % 40, 'Category ' || n % 20, 'USD', ARRAY['home', 'gift'],
           jsonb_build_object('Colour', 'blue', 'Weight', n % 90), true, 1
    FROM generate_series(CAST(:first AS int), :last) AS n
""")
VARIANTS = text("""
    INSERT INTO variants (id, product_id, position, sku, options, price_minor, on_hand, held)
    SELECT gen_random_uuid(), p.id, v, p.id || '-' || v, '{}', 1000 + v * 100, 1000000, 0
    FROM products p CROSS JOIN generate_series(0, 1) AS v
    WHERE NOT EXISTS (SELECT FROM variants WHERE product_id = p.id)
""")
ORDERS = text("""
    WITH people AS (SELECT id, row_number() OVER () AS n FROM customers)
    INSERT INTO orders (id, customer_id, status, payment_status, currency, subtotal_minor,
                        tax_minor, total_minor, shipping_address, placed_at)
    SELECT gen_random_uuid(), people.id, 'DELIVERED', 'PAID', 'USD', 4400, 352, 4752,
           '{"country": "US"}', now() - (2 + o.n % CAST(:days AS int)) * interval '1 day'
    FROM generate_series(1, :count) AS o (n)
    JOIN people ON people.n = 1 + o.n % (SELECT count(*) FROM customers)
""")
LINES = text("""
    WITH sold AS (SELECT p.*, v.id AS variant_id, v.sku, row_number() OVER () AS n
                  FROM products p JOIN variants v ON v.product_id = p.id AND v.position = 0)
    INSERT INTO order_items (id, order_id, position, kind, variant_id, product_id, name, sku,
                             category, quantity, unit_price_minor, line_total_minor)
    SELECT gen_random_uuid(), o.id, line, 'SALE', sold.variant_id, sold.id, sold.name,
           sold.sku, sold.category, 1, 1100, 1100
    FROM (SELECT id, row_number() OVER () AS n FROM orders
          WHERE status = 'DELIVERED') AS o
    CROSS JOIN generate_series(1, :lines) AS line
    JOIN sold ON sold.n = 1 + (o.n * :lines + line) % (SELECT count(*) FROM products)
""")
CARTS = text("""
    WITH wanted AS (SELECT v.id, v.price_minor, row_number() OVER () AS n
                    FROM variants v WHERE position = 0),
         people AS (SELECT id, row_number() OVER () AS n FROM customers)
    INSERT INTO cart_lines (id, owner_id, variant_id, quantity, price_minor, seen_price_minor)
    SELECT gen_random_uuid(), people.id, wanted.id, 1, wanted.price_minor, wanted.price_minor
    FROM people JOIN wanted ON wanted.n = 1 + people.n % (SELECT count(*) FROM wanted)
    ON CONFLICT DO NOTHING
""")
CARTS_BEFORE_0007 = text(
    CARTS.text.replace(", seen_price_minor)", ")").replace(
        "wanted.price_minor, wanted.price_minor", "wanted.price_minor"
    )
)


def seed_shop(engine: Engine, *, products: int) -> None:
    """Insert buyers and the first products, without orders."""
    with engine.begin() as connection:
        connection.execute(PEOPLE, {"count": BUYERS})
        connection.execute(PRODUCTS, {"first": 1, "last": products})
        connection.execute(VARIANTS)
    _vacuum_analyze(engine)


def seed_history(
    engine: Engine, *, first: int, products: int, lines: int, days: int = 500
) -> None:
    """Insert past orders, and older products, so that the first page stays the same."""
    with engine.begin() as connection:
        connection.execute(PRODUCTS, {"first": first, "last": products})
        connection.execute(VARIANTS)
        connection.execute(ORDERS, {"count": lines // LINES_PER_ORDER, "days": days})
        connection.execute(LINES, {"lines": LINES_PER_ORDER})
    _vacuum_analyze(engine)


def fill_carts(engine: Engine) -> None:
    """Put something into each cart, so that each buyer can order once more."""
    with engine.begin() as connection:
        columns = inspect(connection).get_columns("cart_lines")
        remembers_seen_prices = any(c["name"] == "seen_price_minor" for c in columns)
        connection.execute(CARTS if remembers_seen_prices else CARTS_BEFORE_0007)


def _vacuum_analyze(engine: Engine) -> None:
    """Collect the statistics, as autovacuum on an idle server would have done."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
