"""Links in a report's mail that need no sign-in: a signed token names an account and a report."""

from dataclasses import dataclass
from uuid import UUID

from webapp.insights.reports.errors import BadReportLink
from webapp.notifications import signed_links

AUDIENCE = "report subscription"
PATH = "/api/v1/reports/unsubscribe"


@dataclass(frozen=True)
class ReportSubscription:
    customer_id: UUID
    report_id: UUID

    def build_link(self, *, site: str, secret: str) -> str:
        return signed_links.build_link(
            f"{site}{PATH}",
            audience=AUDIENCE,
            claims={"sub": str(self.customer_id), "report": str(self.report_id)},
            secret=secret,
        )


def verify_subscription_token(token: str, *, secret: str) -> ReportSubscription:
    """Raises `BadReportLink`."""
    try:
        claims = signed_links.verify_token(
            token, audience=AUDIENCE, required=("sub", "report"), secret=secret
        )
        return ReportSubscription(UUID(claims["sub"]), UUID(claims["report"]))
    except ValueError as error:
        raise BadReportLink from error
