"""Judges a new order by the rules of `webapp.payments.risk`."""

from webapp.kit.countries import country_code
from webapp.orders.models import Order
from webapp.orders.repository import Buyer
from webapp.payments.risk import Facts, assess


def judge(order: Order, *, buyer: Buyer, worth_minor: int, review_from: int) -> None:
    """Write the score, its reasons and whether a person must look onto the order.

    `worth_minor` is its total in the currency of the books.
    """
    known = {country_code(country) for country in buyer.countries}
    verdict = assess(
        Facts(
            total_minor=worth_minor,
            largest_quantity=max(item.quantity for item in order.items),
            account_age=order.placed_at - buyer.since,
            paid_orders=buyer.paid,
            orders_last_hour=buyer.last_hour,
            declined_last_day=buyer.declined_last_day,
            new_country=country_code(order.shipping_address["country"]) not in known,
        )
    )
    order.risk_score = verdict.score
    order.risk_reasons = list(verdict.reasons)
    order.needs_review = verdict.score >= review_from
