"""Renders every mail, in text and HTML, from the templates in `templates/`."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from jinja2 import (
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    select_autoescape,
)

from webapp.adapters.mail.port import Attachment, Mail
from webapp.kit.money import format_money
from webapp.notifications.event_data import EventData
from webapp.notifications.events import EventName
from webapp.orders.addresses import format_address

SUBJECTS = {
    EventName.ORDER_CONFIRMED: "Thank you for order {{ order.number }}",
    EventName.ORDER_SHIPPED: "Order {{ order.number }} is on its way",
    EventName.ORDER_DELIVERED: "Order {{ order.number }} has arrived",
    EventName.ORDER_CANCELLED: "Order {{ order.number }} is canceled",
    EventName.ORDER_REFUNDED: "Money back for order {{ order.number }}",
    EventName.PAYMENT_REVIEW: "Order {{ order.number }} waits for your review",
    EventName.PAYMENT_REFUND_FAILED: "A refund for order {{ order.number }} has failed",
    EventName.ORDER_HIGH_VALUE: (
        "Order {{ order.number }} over {{ order.total_minor | money(order.currency) }}"
    ),
    EventName.STOCK_LOW: "{{ variant.on_hand }} left of {{ product.name }}",
    EventName.REPORT_PAUSED: "The report {{ report_name }} is paused",
    EventName.JOB_FAILED: "The job {{ job.job }} keeps failing",
}


@cache
def get_template_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("webapp.notifications"),
        autoescape=select_autoescape(["html"], default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = format_money
    environment.filters["last_line"] = last_line
    environment.filters["address_lines"] = format_address
    return environment


def last_line(error: str | None) -> str:
    """The last line of a traceback: the exception and its message."""
    lines = (error or "").strip().splitlines()
    return lines[-1] if lines else "no error was recorded"


def build_mail(
    template: str,
    *,
    message_id: UUID,
    recipient: str,
    subject: str,
    unsubscribe_url: str | None = None,
    images: Sequence[Attachment] = (),
    attachments: Sequence[Attachment] = (),
    **data: object,
) -> Mail:
    """Render the two templates of this name, which see `data`, `subject` and `unsubscribe_url`."""

    def render(extension: str) -> str:
        return (
            get_template_environment()
            .get_template(f"{template}.{extension}")
            .render(subject=subject, unsubscribe_url=unsubscribe_url, **data)
        )

    return Mail(
        message_id=message_id,
        recipient=recipient,
        subject=subject,
        text=render("txt"),
        html=render("html"),
        unsubscribe_url=unsubscribe_url,
        images=images,
        attachments=attachments,
    )


def build_verification_mail(*, message_id: UUID, recipient: str, code: str) -> Mail:
    """Without a name: the person who typed it may not be the one who reads the mail."""
    return build_mail(
        "verification_code",
        message_id=message_id,
        recipient=recipient,
        subject=f"{code} is your E-Com67 code",
        code=code,
    )


def build_password_reset_mail(
    *, message_id: UUID, recipient: str, name: str, url: str, minutes: int
) -> Mail:
    return build_mail(
        "password_reset",
        message_id=message_id,
        recipient=recipient,
        subject="A new password for your E-Com67 account",
        name=name,
        url=url,
        minutes=minutes,
    )


def build_address_taken_mail(*, message_id: UUID, recipient: str, name: str) -> Mail:
    return build_mail(
        "address_taken",
        message_id=message_id,
        recipient=recipient,
        subject="You have an E-Com67 account already",
        name=name,
    )


def build_second_factor_mail(
    *, message_id: UUID, recipient: str, name: str, is_enabled: bool
) -> Mail:
    return build_mail(
        "second_factor",
        message_id=message_id,
        recipient=recipient,
        subject="Your E-Com67 account has a second factor now"
        if is_enabled
        else "Your E-Com67 account has no second factor any more",
        name=name,
        is_enabled=is_enabled,
    )


@cache
def _compile_subject(event: EventName) -> Template:
    return get_template_environment().from_string(SUBJECTS[event])


def build_event_mail(
    event: EventName,
    *,
    message_id: UUID,
    recipient: str,
    name: str,
    data: EventData,
    site: str,
    unsubscribe_url: str | None,
) -> Mail:
    """Render the mail about an event; its templates are named after the event and get the
    fields of its data."""
    variables = vars(data)
    return build_mail(
        event.replace(".", "_"),
        message_id=message_id,
        recipient=recipient,
        subject=_compile_subject(event).render(variables),
        unsubscribe_url=unsubscribe_url,
        name=name,
        site=site,
        **variables,
    )
