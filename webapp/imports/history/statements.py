"""SQL statements of the merge, in the order in which they run for a batch.

A line is identified by its order's reference and its position among that order's lines in
the file, rejected lines included. So exact duplicates are two lines, and a file that is
imported again matches every line it created before.
"""

COPY_STAGED_LINES = """
COPY import_staged_lines (
    run_id, sequence_no, line, order_ref, is_rejected, status, placed_at, customer_ref, currency,
    shipping_address, kind, product_ref, sku, name, brand, tags, channel,
    quantity, unit_price_minor
) FROM STDIN
"""

# Products that neither the shop nor an earlier batch of this run has.
SELECT_UNKNOWN_PRODUCTS = """
SELECT product_ref,
       min(sku) AS sku,
       mode() WITHIN GROUP (ORDER BY name) AS name,
       (array_agg(currency ORDER BY sequence_no))[1] AS currency,
       (array_agg(unit_price_minor ORDER BY sequence_no DESC)
           FILTER (WHERE kind = 'SALE' AND unit_price_minor > 0))[1] AS price_minor
FROM import_staged_lines AS line
WHERE run_id = :run_id AND NOT is_rejected
  AND NOT EXISTS (
    SELECT FROM products WHERE external_ref = :source || ':' || line.product_ref)
  AND NOT EXISTS (
    SELECT FROM variants JOIN products ON products.id = variants.product_id
    WHERE variants.sku = line.sku AND starts_with(external_ref, :source || ':'))
GROUP BY product_ref
ORDER BY min(sequence_no)
LIMIT :limit
"""

# All lines of the orders that the next lines belong to, even where the file splits one.
SELECT_BATCH = """
CREATE TEMPORARY TABLE chosen_lines ON COMMIT DROP AS
WITH chosen AS (
    SELECT DISTINCT order_ref FROM (
        SELECT order_ref FROM import_staged_lines
        WHERE run_id = :run_id ORDER BY sequence_no LIMIT :limit
    ) AS first_lines
)
SELECT line.*,
       :source || ':' || order_ref AS external_ref,
       :source || ':' || product_ref AS product_external_ref,
       row_number() OVER (PARTITION BY order_ref ORDER BY sequence_no) - 1 AS position,
       count(*) OVER (PARTITION BY order_ref) AS lines_in_order,
       first_value(currency) OVER (
           PARTITION BY order_ref ORDER BY is_rejected, sequence_no) AS order_currency
FROM import_staged_lines AS line JOIN chosen USING (order_ref)
WHERE run_id = :run_id
"""

# Each line with the rows of the shop that match it, and the result it will have.
COMPARE_BATCH = """
CREATE TEMPORARY TABLE batch_lines ON COMMIT DROP AS
SELECT line.*,
       orders.id AS order_id,
       COALESCE(own.id, other.id) AS product_id,
       COALESCE(own.name, other.name) AS product_name,
       COALESCE(own.category, other.category, :other_category) AS category,
       COALESCE(own.image_url, other.image_url) AS image_url,
       COALESCE(own_variant.id, other.variant_id) AS variant_id,
       CASE
           WHEN item.id IS NULL THEN 'created'
           WHEN (item.kind, item.sku, item.quantity, item.unit_price_minor, item.name,
                   item.brand, item.tags)
               IS DISTINCT FROM (line.kind, line.sku, line.quantity,
                   line.unit_price_minor, COALESCE(line.name, item.name),
                   COALESCE(line.brand, item.brand), COALESCE(line.tags, item.tags))
           THEN 'updated'
           ELSE 'unchanged'
       END AS result
FROM chosen_lines AS line
LEFT JOIN orders ON orders.external_ref = line.external_ref
LEFT JOIN order_items AS item
       ON item.order_id = orders.id AND item.position = line.position
LEFT JOIN products AS own ON own.external_ref = line.product_external_ref
LEFT JOIN LATERAL (
    SELECT id FROM variants WHERE product_id = own.id
    ORDER BY (sku = line.sku) DESC, position, id LIMIT 1
) AS own_variant ON true
LEFT JOIN LATERAL (
    SELECT products.*, variants.id AS variant_id
    FROM variants JOIN products ON products.id = variants.product_id
    WHERE own.id IS NULL AND variants.sku = line.sku
      AND starts_with(products.external_ref, :source || ':')
) AS other ON true
"""

REJECT_CURRENCY_MISMATCHES = """
UPDATE batch_lines SET is_rejected = true
WHERE NOT is_rejected AND currency <> order_currency
RETURNING line, order_ref, sku, name, quantity, unit_price_minor, currency, order_currency
"""

COUNT_BATCH = """
SELECT count(*) AS lines,
       count(*) FILTER (WHERE NOT is_rejected AND result = 'created') AS created,
       count(*) FILTER (WHERE NOT is_rejected AND result = 'updated') AS updated,
       count(*) FILTER (WHERE NOT is_rejected AND result = 'unchanged') AS unchanged,
       count(DISTINCT order_ref) FILTER (WHERE NOT is_rejected) AS orders
FROM batch_lines
"""

# The first line of an order gives its fields; 38 invoices of one real file have two times,
# a minute apart.
SUMMARIZE_ORDERS = """
CREATE TEMPORARY TABLE batch_orders ON COMMIT DROP AS
SELECT *,
       CASE WHEN status = 'CANCELLED' THEN 'VOIDED'
            WHEN only_returns THEN 'REFUNDED' ELSE 'PAID' END AS payment_status
FROM (
    SELECT DISTINCT ON (external_ref)
           external_ref, order_id, sequence_no, status, placed_at, customer_ref, currency,
           shipping_address, channel,
           bool_and(kind = 'RETURN') OVER of_order AS only_returns,
           bool_or(result <> 'unchanged') OVER of_order AS lines_differ,
           sum(quantity * unit_price_minor) OVER of_order AS total_minor
    FROM batch_lines
    WHERE NOT is_rejected
    WINDOW of_order AS (PARTITION BY external_ref)
    ORDER BY external_ref, sequence_no
) AS first_lines
"""

# In file order, so that order numbers follow it.
CREATE_ORDERS = """
INSERT INTO orders (
    id, external_ref, customer_ref, channel, status, payment_status, currency,
    subtotal_minor, tax_minor, total_minor, shipping_address, placed_at
)
SELECT gen_random_uuid(), external_ref, customer_ref, channel, status, payment_status, currency,
       total_minor, 0, total_minor, shipping_address, placed_at
FROM batch_orders
WHERE order_id IS NULL
ORDER BY sequence_no
"""

LINK_NEW_ORDERS = """
UPDATE batch_lines SET order_id = orders.id
FROM orders
WHERE batch_lines.order_id IS NULL AND orders.external_ref = batch_lines.external_ref
"""

CREATE_ITEMS = """
INSERT INTO order_items (
    id, order_id, position, kind, variant_id, product_id, name, sku, category, brand, tags,
    image_url, quantity, unit_price_minor, line_total_minor
)
SELECT gen_random_uuid(), order_id, position, kind, variant_id, product_id,
       COALESCE(name, product_name, sku), sku, category, brand, tags,
       image_url, quantity, unit_price_minor, quantity * unit_price_minor
FROM batch_lines
WHERE NOT is_rejected AND result = 'created'
"""

UPDATE_ITEMS = """
UPDATE order_items AS item
SET kind = line.kind, sku = line.sku, quantity = line.quantity,
    name = COALESCE(line.name, item.name),
    brand = COALESCE(line.brand, item.brand), tags = COALESCE(line.tags, item.tags),
    unit_price_minor = line.unit_price_minor,
    line_total_minor = line.quantity * line.unit_price_minor
FROM batch_lines AS line
WHERE NOT line.is_rejected AND line.result = 'updated'
  AND item.order_id = line.order_id AND item.position = line.position
"""

# The file has the whole order: items after its last line are no longer in it.
DELETE_SURPLUS_ITEMS = """
DELETE FROM order_items AS item
USING (SELECT DISTINCT order_id, lines_in_order FROM batch_lines) AS counted
WHERE item.order_id = counted.order_id AND item.position >= counted.lines_in_order
"""

UPDATE_ORDERS = """
WITH totals AS (
    SELECT item.order_id, sum(item.line_total_minor) AS total_minor
    FROM order_items AS item JOIN batch_orders USING (order_id)
    GROUP BY item.order_id
)
UPDATE orders
SET customer_ref = merged.customer_ref, status = merged.status, currency = merged.currency,
    payment_status = merged.payment_status, shipping_address = merged.shipping_address,
    placed_at = merged.placed_at, updated_at = now(),
    channel = COALESCE(merged.channel, orders.channel),
    subtotal_minor = totals.total_minor,
    total_minor = totals.total_minor + orders.tax_minor
FROM batch_orders AS merged JOIN totals USING (order_id)
WHERE orders.id = merged.order_id
  AND (merged.lines_differ
       OR (orders.customer_ref, orders.status, orders.currency, orders.payment_status,
           orders.shipping_address, orders.placed_at, orders.subtotal_minor, orders.channel)
       IS DISTINCT FROM (merged.customer_ref, merged.status, merged.currency,
           merged.payment_status, merged.shipping_address, merged.placed_at, totals.total_minor,
           COALESCE(merged.channel, orders.channel)))
RETURNING orders.id
"""

INSERT_IMPORT_EVENTS = """
INSERT INTO order_events (id, order_id, type, actor, details)
SELECT gen_random_uuid(), orders.id, 'IMPORTED', 'system',
       jsonb_build_object('source', CAST(:source AS text))
FROM orders JOIN batch_orders USING (external_ref)
WHERE batch_orders.order_id IS NULL OR orders.id = ANY (:updated)
"""

DELETE_BATCH = """
DELETE FROM import_staged_lines AS line
USING batch_lines AS done
WHERE line.run_id = :run_id AND line.sequence_no = done.sequence_no
"""
