"""What is told to whom; told once."""

from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.notifications import messages, repository
from webapp.orders import service as orders
from webapp.suppliers.mail import Mail

# Message ids are made from the event, so that a mail folder or a mail server can tell a
# repetition, after a crash between sending and writing it down, from a second event.
NAMESPACE = UUID("5b8f7f0e-3c57-5d0a-9a5e-0e67e67e67e6")


def order_confirmation(session: Session, *, order_id: UUID, site: str) -> Mail | None:
    """The mail to send; `None` when it was sent before or nobody is to be told."""
    order = orders.read_order(session, order_id=order_id)
    key = f"order_confirmed:{order_id}"
    if order.customer_id is None or repository.was_sent(session, key):
        return None
    customer = accounts.require_customer(session, customer_id=order.customer_id)
    return messages.order_confirmed(
        message_id=uuid5(NAMESPACE, key), customer=customer, order=order, site=site
    )


def note_sent(
    session: Session, *, event_key: str, channel: str, recipient: str
) -> None:
    repository.note_sent(
        session, event_key=event_key, channel=channel, recipient=recipient
    )
