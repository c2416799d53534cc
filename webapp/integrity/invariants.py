"""What must always be true of the books, each with the query that finds what breaks it.

One list for the schedule, for `GET /admin/integrity` and for `ecom67 prove`. A query returns
one column, the id of an offender. Its parameters: `:since`, how far back orders are looked
at; `:grace`, how long work under way may take before it counts as undone; `:stripe`, Stripe's
side of the money by order, where Stripe is the simulator, whose books can be read whole.

Orders with an `external_ref` were made elsewhere (imports, the demo's history): no stock of
ours moved for them and no money of ours.
"""

from dataclasses import dataclass

OURS = "o.external_ref IS NULL AND o.placed_at >= :since"
WAITING = "('PENDING', 'REQUIRES_ACTION')"
PAID = "('PAID', 'PROCESSING', 'SHIPPED', 'DELIVERED')"
LONG_AGO = "now() - CAST(:grace AS interval)"
# A run that fails leaves its error: so many that do not have died with their processes.
TOO_OFTEN = 20


@dataclass(frozen=True)
class Invariant:
    name: str
    description: str
    query: str

    @property
    def requires_stripe(self) -> bool:
        return ":stripe" in self.query


MONEY = (
    Invariant(
        "paid-in-full",
        "An order that is paid, processed, shipped or delivered has one successful "
        "payment of exactly its total",
        f"""
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id
        WHERE {OURS} AND o.status IN {PAID}
          AND (p.status IS DISTINCT FROM 'succeeded'
               OR p.amount_minor <> o.total_minor OR p.currency <> o.currency)
        """,
    ),
    Invariant(
        "no-money-without-order",
        "What was paid for an order that is over or never came about is refunded",
        f"""
        SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE {OURS} AND o.status NOT IN {PAID} AND p.status = 'succeeded'
          AND p.refunded_minor < p.amount_minor AND p.updated_at < {LONG_AGO}
        """,
    ),
    Invariant(
        "payment-status-agrees",
        "An order says of its payment what the payment says of itself",
        f"""
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id
        WHERE {OURS} AND o.payment_status <> CASE
            WHEN p.status = 'canceled' THEN 'VOIDED'
            WHEN p.status IS DISTINCT FROM 'succeeded' THEN 'UNPAID'
            WHEN p.refunded_minor = 0 THEN 'PAID'
            WHEN p.refunded_minor < p.amount_minor THEN 'PARTIALLY_REFUNDED'
            ELSE 'REFUNDED' END
        """,
    ),
    Invariant(
        "refunds-add-up",
        "What a payment says was refunded is the sum of its refunds",
        """
        SELECT p.order_id FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id
        GROUP BY p.id HAVING p.refunded_minor <> coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Invariant(
        "refunds-are-sent",
        "A refund that was promised has reached Stripe",
        f"""
        SELECT r.id FROM refunds r
        WHERE r.stripe_refund_id IS NULL AND r.created_at < {LONG_AGO}
        """,
    ),
)
STOCK = (
    Invariant(
        "stock-not-negative",
        "No variant has fewer than no units, or more of them held than there are",
        """
        SELECT v.id FROM variants v
        WHERE v.on_hand < 0 OR v.held < 0 OR v.held > v.on_hand
        """,
    ),
    Invariant(
        "holds-are-counted",
        "The units held of a variant are the sum of what orders hold of it",
        """
        SELECT v.id FROM variants v LEFT JOIN stock_holds h ON h.variant_id = v.id
        GROUP BY v.id HAVING v.held <> coalesce(sum(h.quantity), 0)
        """,
    ),
    Invariant(
        "holds-await-payment",
        "Only an order that waits for its payment, and not for too long, holds units",
        f"""
        SELECT h.order_id FROM stock_holds h JOIN orders o ON o.id = h.order_id
        WHERE o.status NOT IN {WAITING} OR o.hold_expires_at < {LONG_AGO}
        """,
    ),
    Invariant(
        "taken-once",
        "Each order has taken its units from the stock exactly once if it is paid, and "
        "not at all if it is not",
        f"""
        WITH ours AS (SELECT o.id, o.status FROM orders o WHERE {OURS}),
        wanted AS (
            SELECT i.order_id, i.variant_id,
                CASE WHEN o.status IN {PAID} THEN -i.quantity ELSE 0 END AS on_hand,
                CASE WHEN o.status IN {WAITING} THEN i.quantity ELSE 0 END AS held
            FROM order_items i JOIN ours o ON o.id = i.order_id
            WHERE i.variant_id IS NOT NULL),
        moved AS (
            SELECT c.order_id, c.variant_id, sum(c.on_hand) AS on_hand,
                sum(c.held) AS held, count(*) FILTER (WHERE c.reason = 'SOLD') AS sales
            FROM stock_movements c JOIN ours o ON o.id = c.order_id GROUP BY 1, 2)
        SELECT DISTINCT order_id
        FROM wanted w FULL JOIN moved m USING (order_id, variant_id)
        WHERE coalesce(m.on_hand, 0) <> coalesce(w.on_hand, 0)
           OR coalesce(m.held, 0) <> coalesce(w.held, 0) OR m.sales > 1
        """,
    ),
    Invariant(
        "shelves-reconcile",
        "A variant made here has the units it was made with and what its journal says "
        "came and went since",
        """
        SELECT v.id FROM variants v
        JOIN products p ON p.id = v.product_id AND p.external_ref IS NULL
        JOIN stock_movements c ON c.variant_id = v.id
        GROUP BY v.id
        HAVING bool_or(c.reason = 'OPENED')
           AND (sum(c.on_hand) <> v.on_hand OR sum(c.held) <> v.held)
        """,
    ),
)
PROMISES = (
    Invariant(
        "orders-come-to-an-end",
        "No order waits for its payment longer than its units are held",
        f"""
        SELECT o.id FROM orders o
        WHERE o.status IN {WAITING} AND o.hold_expires_at < {LONG_AGO}
        """,
    ),
    Invariant(
        "paid-orders-move-on",
        "A paid order goes to the warehouse unless a person is to look at it first or "
        "its money is back",
        f"""
        SELECT o.id FROM orders o
        WHERE {OURS} AND o.status = 'PAID' AND NOT o.needs_review
          AND o.payment_status <> 'REFUNDED'
          AND o.updated_at < {LONG_AGO}
        """,
    ),
    Invariant(
        "confirmed-once",
        "The customer of a paid order has been sent its confirmation, unless there is no "
        "address, or one that takes no mail",
        f"""
        SELECT o.id FROM orders o
        JOIN customers c ON c.id = o.customer_id AND c.deleted_at IS NULL
          AND c.email IS NOT NULL
        JOIN payments p ON p.order_id = o.id AND p.updated_at < {LONG_AGO}
        LEFT JOIN sent_notifications n
          ON n.event_key = 'order.confirmed:' || o.id || ':' || o.customer_id
        WHERE {OURS} AND o.status IN {PAID} AND n.sent_at IS NULL AND n.rejection_reason IS NULL
        """,
    ),
    Invariant(
        "promises-are-kept",
        "Promised work is done in time",
        f"""
        SELECT m.id FROM outbox_messages m
        WHERE m.done_at IS NULL AND m.dead_lettered_at IS NULL
          AND (m.due_at < {LONG_AGO}
               OR m.attempts > {TOO_OFTEN} AND m.last_error IS NULL)
        """,
    ),
    Invariant(
        "no-promise-failed",
        "No promised work has been given up",
        "SELECT m.id FROM outbox_messages m"
        " WHERE m.dead_lettered_at IS NOT NULL AND m.done_at IS NULL",
    ),
)
THEIRS = """
    theirs AS (
        SELECT * FROM jsonb_to_recordset(CAST(:stripe AS jsonb)) AS s(
            order_id text, charges int, captured_minor bigint, refunded_minor bigint))
"""
STRIPES_BOOKS = (
    Invariant(
        "stripe-charged-once",
        "Stripe has charged no order more than once",
        f"WITH {THEIRS} SELECT order_id FROM theirs WHERE charges > 1",
    ),
    Invariant(
        "stripe-charged-for-an-order",
        "Stripe has charged nothing for which there is no order",
        f"""
        WITH {THEIRS}
        SELECT coalesce(s.order_id, 'none') FROM theirs s
        LEFT JOIN orders o ON o.id::text = s.order_id
        WHERE s.charges > 0 AND o.id IS NULL
        """,
    ),
    Invariant(
        "stripe-agrees",
        "What Stripe took for an order, less what it gave back, is what our books say",
        f"""
        WITH {THEIRS}
        SELECT o.id FROM orders o
        LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'succeeded'
        LEFT JOIN theirs s ON s.order_id = o.id::text
        WHERE {OURS} AND o.updated_at < {LONG_AGO}
          AND coalesce(p.amount_minor - p.refunded_minor, 0)
              <> coalesce(s.captured_minor - s.refunded_minor, 0)
        """,
    ),
)
INVARIANTS = (*MONEY, *STOCK, *PROMISES, *STRIPES_BOOKS)
