"""What each search adds to the counts of its query: one definition, for the figures of days and for
the searches that no day has yet."""

COUNTS = (
    "searches", "zero_results", "clicks", "adds", "orders", "clicked", "known_visitors", "ordered",
)  # fmt: skip
"""See `models.SearchQueryDay`."""
SEARCH_COUNTS = """
    SELECT search.id, search.query, search.occurred_at, search.is_aggregated,
        CAST(is_first_page AS int) AS searches,
        CAST(is_first_page AND results = 0 AS int) AS zero_results,
        events.clicks, events.adds, events.orders,
        CAST(is_first_page AND events.clicks > 0 AS int) AS clicked,
        CAST(is_first_page AND visitor IS NOT NULL AS int) AS known_visitors,
        CAST(is_first_page AND events.orders > 0 AS int) AS ordered
    FROM searches AS search
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE type = 'click') AS clicks,
            count(*) FILTER (WHERE type = 'add_to_cart') AS adds,
            count(*) FILTER (WHERE type = 'order') AS orders
        FROM search_events WHERE search_id = search.id
    ) AS events
"""
