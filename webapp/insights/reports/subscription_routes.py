"""The link in a report's mail that stops it, without a sign-in."""

from flask import Response, request

from webapp.http.access import Access
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.http.security_headers import PAGE_POLICY, build_page
from webapp.insights.reports import service
from webapp.insights.reports.schemas import (
    ReportSubscriptionView,
    SubscriptionTokenQuery,
)
from webapp.insights.reports.subscription_links import verify_subscription_token
from webapp.kit.clock import utc_now
from webapp.notifications.pages import render_subscription_page

api = Api("Report subscriptions", prefix="/reports")


@api.get(
    "/unsubscribe",
    access=Access.PUBLIC,
    query=SubscriptionTokenQuery,
    returns=ReportSubscriptionView.example(subscribed=True),
    errors=(404,),
)
def show_subscription(
    query: SubscriptionTokenQuery,
) -> ReportSubscriptionView | Response:
    """Show what the link of a report's mail would stop; a browser gets a page with a button.

    It changes nothing, because mail programs open links to inspect their content.
    """
    subscription = verify_subscription_token(
        query.token, secret=runtime().settings.require_jwt_secret()
    )
    with transaction() as session:
        defined = service.read_report(session, report_id=subscription.report_id)
        subscribed = any(
            row.customer_id == subscription.customer_id and row.unsubscribed_at is None
            for row in defined.recipients
        )
        return _build_subscription(defined.report.name, subscribed=subscribed)


@api.post(
    "/unsubscribe",
    access=Access.PUBLIC,
    query=SubscriptionTokenQuery,
    returns=ReportSubscriptionView,
    errors=(404,),
)
def unsubscribe_report(
    query: SubscriptionTokenQuery,
) -> ReportSubscriptionView | Response:
    """Stop a report for one recipient; mail programs send it by themselves (RFC 8058)."""
    subscription = verify_subscription_token(
        query.token, secret=runtime().settings.require_jwt_secret()
    )
    with transaction() as session:
        report = service.require_report(session, report_id=subscription.report_id)
        service.unsubscribe(
            session,
            report_id=report.id,
            customer_id=subscription.customer_id,
            now=utc_now(),
        )
        return _build_subscription(report.name, subscribed=False)


def _build_subscription(
    name: str, *, subscribed: bool
) -> ReportSubscriptionView | Response:
    mime_type = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if mime_type == "text/html":
        page = render_subscription_page(
            f"the report {name}",
            subscribed=subscribed,
            again="Whoever is an admin can have it again by changing the report.",
        )
        return build_page(page, PAGE_POLICY)
    return ReportSubscriptionView(report=name, subscribed=subscribed)
