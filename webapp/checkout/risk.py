"""Scores the risk of a new order by the rules of `webapp.payments.risk`."""

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
    """Set the order's risk score, its reasons and whether it needs a manual review.

    `book_total_minor` is the order's total in the book currency.
    """
    known_countries = {country_code(country) for country in history.countries}
    assessment = assess_risk(
        RiskFactors(
            total_minor=book_total_minor,
            largest_quantity=max(item.quantity for item in order.items),
            account_age=order.placed_at - history.customer_since,
            paid_orders=history.paid_orders,
            orders_last_hour=history.orders_last_hour,
            declined_last_day=history.declined_last_day,
            new_country=country_code(order.shipping_address["country"])
            not in known_countries,
        )
    )
    order.risk_score = assessment.score
    order.risk_reasons = list(assessment.reasons)
    order.needs_review = assessment.score >= review_threshold
