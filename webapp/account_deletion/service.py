"""Account deletion: removes personal data from every feature, and keeps the financial records.

It depends on all features that store personal data; a new one has to be added here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.account_deletion.errors import OrdersUnderWay
from webapp.accounts import service as accounts
from webapp.cart import service as cart
from webapp.chat import agent_memory, open_connections
from webapp.chat import service as chat
from webapp.db import idempotency
from webapp.insights.reports import service as reports
from webapp.orders import service as orders
from webapp.webhooks import deliveries


def delete_account(
    session: Session, *, customer_id: UUID, verified_hash: str | None, now: datetime
) -> None:
    """Delete or anonymize all data of the customer; orders, payments and refunds stay, with the
    customer's id and the country of the shipping address.

    Raises `AccountGone`, `WrongPassword`, and `OrdersUnderWay` while a shipping address is still
    needed.
    """
    customer = accounts.lock_for_deletion(
        session, customer_id=customer_id, verified_hash=verified_hash
    )
    open_orders = orders.count_open_orders(session, owner_id=customer_id)
    if open_orders:
        raise OrdersUnderWay(open_orders)
    orders.anonymize_customer(session, owner_id=customer_id)
    deliveries.erase_personal_data(session, owner_id=customer_id)
    cart.empty_cart(session, owner_id=customer_id)
    chat.delete_sessions(session, owner_id=customer_id)
    agent_memory.enqueue_forgetting(session, owner_id=customer_id)
    open_connections.delete_records(session, owner_id=customer_id)
    reports.forget_recipient(session, owner_id=customer_id)
    idempotency.delete_responses(session, owner_id=customer_id)
    accounts.anonymize_customer(session, customer=customer, now=now)
