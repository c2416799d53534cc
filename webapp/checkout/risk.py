"""Judges a new order by the rules of `webapp.payments.risk`."""

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.kit.places import country_code
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.payments.risk import Facts, assess


def judge(
    session: Session,
    order: Order,
    *,
    customer: Customer,
    worth_minor: int,
    review_from: int,
) -> None:
    """Write the score, its reasons and whether a person must look onto the order.

    `worth_minor` is its total in the currency of the books.
    """
    past = orders.history_of(session, owner_id=customer.id, now=order.placed_at)
    known = {country_code(country) for country in past.countries}
    verdict = assess(
        Facts(
            total_minor=worth_minor,
            largest_quantity=max(item.quantity for item in order.items),
            account_age=order.placed_at - customer.created_at,
            paid_orders=past.paid,
            orders_last_hour=past.last_hour,
            declined_last_day=past.declined_last_day,
            new_country=country_code(order.shipping_address["country"]) not in known,
        )
    )
    order.risk_score = verdict.score
    order.risk_reasons = list(verdict.reasons)
    order.needs_review = verdict.score >= review_from
