"""Scopes of API tokens: what a program may do. Endpoints declare theirs; there are no others."""

from enum import StrEnum

API_TOKEN_PREFIX = "ecom67_token_"  # noqa: S105
"""By which secret scanners find API tokens, and requests with one are told apart."""


class Scope(StrEnum):
    """None includes another: a program that reads and writes has both."""

    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    ANALYTICS_READ = "analytics:read"
    ANALYTICS_WRITE = "analytics:write"
    INTEGRITY_READ = "integrity:read"
    INTEGRITY_WRITE = "integrity:write"
