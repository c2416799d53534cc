"""Every table of the platform, imported so that `Model.metadata` is complete.

Only migrations, tests and tools that need the whole schema import this module.
"""

from webapp.accounts import models as accounts
from webapp.cart import models as cart
from webapp.catalog import models as catalog
from webapp.catalog.labels import models as labels
from webapp.chat import models as chat
from webapp.db import idempotency, outbox, schedule
from webapp.db.base import Model
from webapp.imports import models as imports
from webapp.insights.reports import models as reports
from webapp.insights.saved_questions import models as saved_questions
from webapp.integrity import models as integrity
from webapp.knowledge import models as knowledge
from webapp.notifications import models as notifications
from webapp.orders import models as orders
from webapp.payments import models as payments
from webapp.search.rules import models as search_rules
from webapp.search.vectors import models as product_vectors
from webapp.search_analytics import models as search_analytics
from webapp.webhooks import models as webhooks

__all__ = [
    "Model",
    "accounts",
    "cart",
    "catalog",
    "chat",
    "idempotency",
    "imports",
    "integrity",
    "knowledge",
    "labels",
    "notifications",
    "orders",
    "outbox",
    "payments",
    "product_vectors",
    "reports",
    "saved_questions",
    "schedule",
    "search_analytics",
    "search_rules",
    "webhooks",
]
