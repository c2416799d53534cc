"""Links in a report's mail that need no sign-in: a signed token names an account and a report."""

from dataclasses import dataclass
from uuid import UUID

import jwt

from webapp.insights.reports.errors import BadReportLink

AUDIENCE = "report subscription"
ALGORITHM = "HS256"
PATH = "/api/v1/reports/unsubscribe"


@dataclass(frozen=True)
class ReportSubscription:
    customer_id: UUID
    report_id: UUID

    def build_token(self, secret: str) -> str:
        """Without expiry: an old mail must be as easy to unsubscribe from as a new one."""
        claims = {
            "sub": str(self.customer_id),
            "report": str(self.report_id),
            "aud": AUDIENCE,
        }
        return jwt.encode(claims, secret, ALGORITHM)

    def build_link(self, *, site: str, secret: str) -> str:
        return f"{site}{PATH}?token={self.build_token(secret)}"


def verify_subscription_token(token: str, *, secret: str) -> ReportSubscription:
    """Raises `BadReportLink`."""
    try:
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "report", "aud"]},
        )
        return ReportSubscription(UUID(claims["sub"]), UUID(claims["report"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise BadReportLink from error
