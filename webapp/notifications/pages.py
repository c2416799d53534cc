"""Renders the unsubscribe page that a link in a mail opens."""

from webapp.notifications.events import EventName
from webapp.notifications.messages import get_template_environment

KINDS = {
    EventName.PAYMENT_REVIEW: "orders that wait for a review",
    EventName.PAYMENT_REFUND_FAILED: "refunds that have failed",
    EventName.ORDER_HIGH_VALUE: "orders of high value",
    EventName.STOCK_LOW: "stock running low",
    EventName.JOB_FAILED: "jobs that keep failing",
}


def render_unsubscribe_page(event: EventName, *, subscribed: bool) -> str:
    return (
        get_template_environment()
        .get_template("unsubscribe.html")
        .render(subject="Mails from E-Com67", kind=KINDS[event], subscribed=subscribed)
    )
