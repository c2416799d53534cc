"""Renders the unsubscribe page that a link in a mail opens."""

from webapp.notifications.messages import get_template_environment

KINDS = {
    "payment.review": "orders that wait for a review",
    "order.high_value": "orders of high value",
    "stock.low": "stock running low",
    "job.failed": "jobs that keep failing",
}


def render_unsubscribe_page(event: str, *, subscribed: bool) -> str:
    return (
        get_template_environment()
        .get_template("unsubscribe.html")
        .render(subject="Mails from E-Com67", kind=KINDS[event], subscribed=subscribed)
    )
