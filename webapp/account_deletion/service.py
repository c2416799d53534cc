"""What an account leaves behind when it is deleted: books, and nothing personal in them.

Above the features whose rows tell something about a person. A new one of these has to be
added here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.account_deletion.errors import OrdersUnderWay
from webapp.accounts import service as accounts
from webapp.cart import service as cart
from webapp.chat import service as chat
from webapp.db import idempotency
from webapp.orders import service as orders
from webapp.webhooks import deliveries


def delete_account(
    session: Session, *, customer_id: UUID, proved: str | None, now: datetime
) -> None:
    """Orders, payments and refunds stay, with the id and the country they went to.

    Raises `WrongPassword`, and `OrdersUnderWay` while an address is still needed.
    """
    customer = accounts.lock_to_close(session, customer_id=customer_id, proved=proved)
    under_way = orders.count_not_sent(session, owner_id=customer_id)
    if under_way:
        raise OrdersUnderWay(under_way)
    orders.forget_person(session, owner_id=customer_id)
    deliveries.forget_person(session, owner_id=customer_id)
    cart.empty_cart(session, owner_id=customer_id)
    chat.forget_conversations(session, owner_id=customer_id)
    idempotency.forget_answers(session, owner_id=customer_id)
    accounts.close(session, customer=customer, now=now)
