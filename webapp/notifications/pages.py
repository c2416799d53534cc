"""Renders the unsubscribe page that a link in a mail opens."""

from webapp.notifications.events import EventName
from webapp.notifications.messages import get_template_environment

KINDS = {
    EventName.PAYMENT_REVIEW: "orders that wait for a review",
    EventName.PAYMENT_REFUND_FAILED: "refunds that have failed",
    EventName.ORDER_HIGH_VALUE: "orders of high value",
    EventName.STOCK_LOW: "stock running low",
    EventName.REPORT_PAUSED: "reports that are paused by themselves",
    EventName.JOB_FAILED: "jobs that keep failing",
}


def render_unsubscribe_page(event: EventName, *, subscribed: bool) -> str:
    again = "In your account you can have them again."
    return render_subscription_page(KINDS[event], subscribed=subscribed, again=again)


def render_subscription_page(kind: str, *, subscribed: bool, again: str) -> str:
    """`kind` says what the mails are about, `again` how to have them again."""
    return (
        get_template_environment()
        .get_template("unsubscribe.html")
        .render(
            subject="Mails from E-Com67", kind=kind, subscribed=subscribed, again=again
        )
    )
