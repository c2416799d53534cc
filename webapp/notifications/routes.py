"""Notification preferences of an account, and the unsubscribe link in a mail."""

from flask import Response, request

from webapp.http.access import Access, current_customer_id, current_identity
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.http.security_headers import PAGE_POLICY, build_page
from webapp.notifications import pages, service
from webapp.notifications.events import ROUTES, EventName
from webapp.notifications.schemas import (
    PreferencesBody,
    PreferencesView,
    PreferenceView,
    SubscriptionView,
    TokenQuery,
)
from webapp.notifications.unsubscribe_links import verify_unsubscribe_token

api = Api("Notifications", prefix="/notifications")


@api.get("/preferences", access=Access.CUSTOMER, returns=PreferencesView)
def show_preferences() -> PreferencesView:
    """Which events are mailed to the account that is signed in."""
    with transaction() as session:
        preferences = service.read_preferences(
            session,
            customer_id=current_customer_id(),
            is_admin=current_identity().is_admin,
        )
    return _build_preferences(preferences)


@api.put(
    "/preferences",
    access=Access.CUSTOMER,
    body=PreferencesBody,
    returns=PreferencesView,
)
def change_preferences(body: PreferencesBody) -> PreferencesView:
    """Switch mails on or off; what belongs to an order cannot be switched off."""
    with transaction() as session:
        service.set_preferences(
            session,
            customer_id=current_customer_id(),
            is_admin=current_identity().is_admin,
            changes=body.events,
        )
        return _build_preferences(
            service.read_preferences(
                session,
                customer_id=current_customer_id(),
                is_admin=current_identity().is_admin,
            )
        )


def _build_preferences(preferences: dict[EventName, bool]) -> PreferencesView:
    return PreferencesView(
        items=[
            PreferenceView(
                event=event, mail=mailed, optional=not ROUTES[event].transactional
            )
            for event, mailed in preferences.items()
        ]
    )


@api.get(
    "/unsubscribe",
    access=Access.PUBLIC,
    query=TokenQuery,
    returns=SubscriptionView.example(subscribed=True),
)
def show_unsubscribe(query: TokenQuery) -> SubscriptionView | Response:
    """Show what an unsubscribe link would end; a browser gets a page with a button.

    It changes nothing, because mail programs open links to inspect their content.
    """
    with transaction() as session:
        unsubscription = verify_unsubscribe_token(
            query.token, secret=runtime().settings.require_jwt_secret()
        )
        subscribed = service.is_subscribed(session, unsubscription=unsubscription)
    return _build_subscription(unsubscription.event, subscribed=subscribed)


@api.post(
    "/unsubscribe", access=Access.PUBLIC, query=TokenQuery, returns=SubscriptionView
)
def unsubscribe(query: TokenQuery) -> SubscriptionView | Response:
    """Unsubscribe from mails of this kind; mail programs send it by themselves (RFC 8058)."""
    with transaction() as session:
        unsubscription = verify_unsubscribe_token(
            query.token, secret=runtime().settings.require_jwt_secret()
        )
        service.unsubscribe(session, unsubscription=unsubscription)
    return _build_subscription(unsubscription.event, subscribed=False)


def _build_subscription(
    event: EventName, *, subscribed: bool
) -> SubscriptionView | Response:
    mime_type = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if mime_type == "text/html":
        page = pages.render_unsubscribe_page(event, subscribed=subscribed)
        return build_page(page, PAGE_POLICY)
    return SubscriptionView(event=event, subscribed=subscribed)
