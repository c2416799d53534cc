"""What the log of changes costs an order: `python -m tests.bench.order_changes`.

The statements that write an order of two lines and pay for it, in two transactions, with and
without the triggers of the log, in turns, on a server of its own that writes nothing to the disk.
"""

import time
from statistics import median
from uuid import uuid4

import psycopg

from tests.support.postgres import migrated_postgres

ORDERS = 300
ROUNDS = 12
PLACE = """
    WITH placed AS (
        INSERT INTO orders (
            id, status, payment_status, currency, subtotal_minor, tax_minor, total_minor,
            shipping_address
        ) VALUES (%(id)s, 'PENDING', 'UNPAID', 'USD', 2, 0, 2, '{}')
    )
    INSERT INTO order_items (
        id, order_id, position, kind, name, sku, category, quantity, unit_price_minor,
        line_total_minor
    )
    SELECT gen_random_uuid(), %(id)s, position, 'SALE', 'Mug', 'MUG', 'Kitchen', 1, 1, 1
    FROM generate_series(0, 1) position
"""
PAY = "UPDATE orders SET status = 'PAID', payment_status = 'PAID' WHERE id = %(id)s"
SET_TRIGGERS = """
    ALTER TABLE orders {0} TRIGGER USER; ALTER TABLE order_items {0} TRIGGER USER
"""


def main() -> None:
    with migrated_postgres() as url, psycopg.connect(url) as connection:
        time_orders(connection)
        pairs = []
        for turn in range(ROUNDS):
            times = {}
            for state in ("ENABLE", "DISABLE")[:: 1 if turn % 2 else -1]:
                connection.execute(SET_TRIGGERS.format(state).encode())
                connection.commit()
                times[state] = time_orders(connection)
            pairs.append((times["ENABLE"], times["DISABLE"]))
    recorded, plain = (median(column) for column in zip(*pairs, strict=True))
    added = median(mine - other for mine, other in pairs)
    print(f"an order, ms: {recorded:.2f} recorded, {plain:.2f} not; {added:.2f} more")


def time_orders(connection: psycopg.Connection) -> float:
    """Milliseconds of each."""
    started = time.perf_counter()
    for _ in range(ORDERS):
        order = {"id": uuid4()}
        for statement in (PLACE, PAY):
            connection.execute(statement, order)
            connection.commit()
    return (time.perf_counter() - started) * 1000 / ORDERS


if __name__ == "__main__":
    main()
