"""The one page of the notifications: what a link in a mail opens."""

from webapp.notifications.messages import templates

KINDS = {
    "payment.review": "orders that wait for a review",
    "order.high_value": "orders of high value",
    "stock.low": "stock running low",
    "job.failed": "jobs that keep failing",
}


def unsubscribing(event: str, *, subscribed: bool) -> str:
    return (
        templates()
        .get_template("unsubscribe.html")
        .render(subject="Mails from E-Com67", kind=KINDS[event], subscribed=subscribed)
    )
