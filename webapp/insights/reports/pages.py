"""A report as a page of its own: what its mail shows, without the mail."""

from base64 import b64encode

from webapp.adapters.analytics.port import RenderedReport
from webapp.insights.reports.document import ReportDocument
from webapp.notifications.messages import get_template_environment


def render_page(document: ReportDocument, rendered: RenderedReport) -> str:
    """With its pictures in it."""
    html = rendered.html
    for image in rendered.images:
        data = b64encode(image.png).decode()
        html = html.replace(f'"cid:{image.name}"', f'"data:image/png;base64,{data}"')
    return (
        get_template_environment()
        .get_template("report_page.html")
        .render(subject=document.title, report_html=html, unsubscribe_url=None)
    )
