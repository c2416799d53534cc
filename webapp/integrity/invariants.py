"""Invariants of the data, each with the query that finds its violations.

The same list serves the schedule, `GET /admin/integrity` and `ecom67 prove`. A query returns
one column, the id of a violating row. Its parameters: `:since`, the age limit of the orders
checked; `:grace`, how long work in progress may take before it counts as not done; `:stripe`,
Stripe's payments by order, where the payment gateway can list them all.

Orders with an `external_ref` were placed elsewhere (imports, the demo's history): what they took
out of the stock, and who was paid, is not known here, or made up.
"""

from dataclasses import dataclass

from webapp.notifications.events import EventName

OWN_ORDERS = "o.external_ref IS NULL AND o.placed_at >= :since"
AWAITING_PAYMENT = "('PENDING', 'REQUIRES_ACTION')"
PAID = "('PAID', 'PROCESSING', 'SHIPPED', 'DELIVERED')"
GRACE_CUTOFF = "now() - CAST(:grace AS interval)"
# A failed attempt records its error; more attempts without one mean that their processes died.
MAX_ATTEMPTS_WITHOUT_ERROR = 20


@dataclass(frozen=True)
class Invariant:
    name: str
    """Crosses the API (`GET /admin/integrity`): it never changes."""
    description: str
    query: str

    @property
    def requires_stripe(self) -> bool:
        return ":stripe" in self.query


MONEY = (
    Invariant(
        "paid-in-full",
        "An order that is paid, processed, shipped or delivered, and is not free, has one "
        "successful payment of exactly its total",
        f"""
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id
        WHERE {OWN_ORDERS} AND o.status IN {PAID} AND o.total_minor > 0
          AND (p.status IS DISTINCT FROM 'succeeded'
               OR p.amount_minor <> o.total_minor OR p.currency <> o.currency)
        """,
    ),
    Invariant(
        "no-money-without-order",
        "A payment of an order that is closed or was never completed is refunded",
        f"""
        SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE {OWN_ORDERS} AND o.status NOT IN {PAID} AND p.status = 'succeeded'
          AND p.refunded_minor < p.amount_minor AND p.updated_at < {GRACE_CUTOFF}
        """,
    ),
    Invariant(
        "payment-status-agrees",
        "The payment status of an order that is not free agrees with its payment",
        f"""
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id
        WHERE {OWN_ORDERS} AND o.total_minor > 0 AND o.payment_status <> CASE
            WHEN p.status = 'canceled' THEN 'VOIDED'
            WHEN p.status IS DISTINCT FROM 'succeeded' THEN 'UNPAID'
            WHEN p.refunded_minor = 0 THEN 'PAID'
            WHEN p.refunded_minor < p.amount_minor THEN 'PARTIALLY_REFUNDED'
            ELSE 'REFUNDED' END
        """,
    ),
    Invariant(
        "refunds-add-up",
        "The refunded amount of a payment is the sum of its refunds",
        """
        SELECT p.order_id FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id
        GROUP BY p.id HAVING p.refunded_minor <> coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Invariant(
        "refund-items-add-up",
        "A refund that names lines is for these alone, and for no more units than were bought",
        """
        SELECT r.id FROM refunds r JOIN refund_items i ON i.refund_id = r.id
        GROUP BY r.id HAVING sum(i.amount_minor) <> r.amount_minor
        UNION ALL
        SELECT i.order_item_id FROM refund_items i
        JOIN order_items line ON line.id = i.order_item_id
        GROUP BY i.order_item_id, line.quantity HAVING sum(i.quantity) > line.quantity
        """,
    ),
    Invariant(
        "refunds-are-sent",
        "A refund that was recorded has reached Stripe",
        f"""
        SELECT r.id FROM refunds r
        WHERE r.stripe_refund_id IS NULL AND r.created_at < {GRACE_CUTOFF}
        """,
    ),
)
STOCK = (
    Invariant(
        "stock-not-negative",
        "No variant has a negative number of units, or more units held than on hand",
        """
        SELECT v.id FROM variants v
        WHERE v.on_hand < 0 OR v.held < 0 OR v.held > v.on_hand
        """,
    ),
    Invariant(
        "holds-are-counted",
        "The held units of a variant are the sum of the holds of its orders",
        """
        SELECT v.id FROM variants v LEFT JOIN stock_holds h ON h.variant_id = v.id
        GROUP BY v.id HAVING v.held <> coalesce(sum(h.quantity), 0)
        """,
    ),
    Invariant(
        "holds-await-payment",
        "Only an order that awaits payment, and whose hold has not expired, holds units",
        f"""
        SELECT h.order_id FROM stock_holds h JOIN orders o ON o.id = h.order_id
        WHERE o.status NOT IN {AWAITING_PAYMENT} OR o.hold_expires_at < {GRACE_CUTOFF}
        """,
    ),
    Invariant(
        "taken-once",
        "The units of a paid order have left the stock exactly once, those of an unpaid "
        "order not at all",
        f"""
        WITH ours AS (SELECT o.id, o.status FROM orders o WHERE {OWN_ORDERS}),
        wanted AS (
            SELECT i.order_id, i.variant_id,
                CASE WHEN o.status IN {PAID} THEN -i.quantity ELSE 0 END AS on_hand,
                CASE WHEN o.status IN {AWAITING_PAYMENT} THEN i.quantity ELSE 0 END AS held
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
        "The units of a variant whose record has a beginning are those of all recorded "
        "stock movements",
        """
        SELECT v.id FROM variants v
        JOIN stock_movements c ON c.variant_id = v.id
        GROUP BY v.id
        HAVING bool_or(c.reason IN ('OPENED', 'RECONCILED'))
           AND (sum(c.on_hand) <> v.on_hand OR sum(c.held) <> v.held)
        """,
    ),
)
BACKGROUND_WORK = (
    Invariant(
        "orders-come-to-an-end",
        "No order awaits payment after its hold has expired",
        f"""
        SELECT o.id FROM orders o
        WHERE o.status IN {AWAITING_PAYMENT} AND o.hold_expires_at < {GRACE_CUTOFF}
        """,
    ),
    Invariant(
        "paid-orders-move-on",
        "A paid order moves to the warehouse unless it waits for a review or is fully "
        "refunded",
        f"""
        SELECT o.id FROM orders o
        WHERE {OWN_ORDERS} AND o.status = 'PAID' AND NOT o.needs_review
          AND o.payment_status <> 'REFUNDED'
          AND o.updated_at < {GRACE_CUTOFF}
        """,
    ),
    Invariant(
        "confirmed-once",
        "The customer of a paid order has been sent its confirmation, unless the customer "
        "has no e-mail address, or one that rejects mail",
        f"""
        SELECT o.id FROM orders o
        JOIN customers c ON c.id = o.customer_id AND c.deleted_at IS NULL
          AND c.email IS NOT NULL
        LEFT JOIN payments p ON p.order_id = o.id
        LEFT JOIN sent_notifications n
          ON n.event_key = '{EventName.ORDER_CONFIRMED}:' || o.id || ':' || o.customer_id
        WHERE {OWN_ORDERS} AND o.status IN {PAID}
          AND coalesce(p.updated_at, o.placed_at) < {GRACE_CUTOFF}
          AND n.sent_at IS NULL AND n.rejection_reason IS NULL
        """,
    ),
    Invariant(
        "promises-are-kept",
        "Enqueued jobs are done in time",
        f"""
        SELECT m.id FROM outbox_messages m
        WHERE m.done_at IS NULL AND m.dead_lettered_at IS NULL
          AND (m.due_at < {GRACE_CUTOFF}
               OR m.attempts > {MAX_ATTEMPTS_WITHOUT_ERROR} AND m.last_error IS NULL)
        """,
    ),
    Invariant(
        "no-promise-failed",
        "No enqueued job has been dead-lettered",
        "SELECT m.id FROM outbox_messages m"
        " WHERE m.dead_lettered_at IS NOT NULL AND m.done_at IS NULL",
    ),
)
STRIPE_CTE = """
    theirs AS (
        SELECT * FROM jsonb_to_recordset(CAST(:stripe AS jsonb)) AS s(
            order_id text, charges int, captured_minor bigint, refunded_minor bigint))
"""
STRIPE = (
    Invariant(
        "stripe-charged-once",
        "Stripe has charged no order more than once",
        f"WITH {STRIPE_CTE} SELECT order_id FROM theirs WHERE charges > 1",
    ),
    Invariant(
        "stripe-charged-for-an-order",
        "Every charge at Stripe belongs to an order",
        f"""
        WITH {STRIPE_CTE}
        SELECT coalesce(s.order_id, 'none') FROM theirs s
        LEFT JOIN orders o ON o.id::text = s.order_id
        WHERE s.charges > 0 AND o.id IS NULL
        """,
    ),
    Invariant(
        "stripe-agrees",
        "What Stripe captured for an order, less its refunds, is what the shop has recorded",
        f"""
        WITH {STRIPE_CTE}
        SELECT o.id FROM orders o
        LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'succeeded'
        LEFT JOIN theirs s ON s.order_id = o.id::text
        WHERE {OWN_ORDERS} AND o.updated_at < {GRACE_CUTOFF}
          AND coalesce(p.amount_minor - p.refunded_minor, 0)
              <> coalesce(s.captured_minor - s.refunded_minor, 0)
        """,
    ),
)
INVARIANTS = (*MONEY, *STOCK, *BACKGROUND_WORK, *STRIPE)
