"""Judges a new order by the rules of `webapp.payments.risk`."""

from webapp.kit.countries import country_code
from webapp.orders.models import Order
from webapp.orders.repository import CustomerHistory
from webapp.payments.risk import RiskFactors, assess_risk


def score_risk(
    order: Order,
    *,
    history: CustomerHistory,
    book_total_minor: int,
    review_threshold: int,
) -> None:
    """Write the score, its reasons and whether a person must look onto the order.

    `worth_minor` is its total in the currency of the books.
    """
    known = {country_code(country) for country in history.countries}
    verdict = assess_risk(
        RiskFactors(
            total_minor=book_total_minor,
            largest_quantity=max(item.quantity for item in order.items),
            account_age=order.placed_at - history.customer_since,
            paid_orders=history.paid_orders,
            orders_last_hour=history.orders_last_hour,
            declined_last_day=history.declined_last_day,
            new_country=country_code(order.shipping_address["country"]) not in known,
        )
    )
    order.risk_score = verdict.score
    order.risk_reasons = list(verdict.reasons)
    order.needs_review = verdict.score >= review_threshold
