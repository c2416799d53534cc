"""What an account wants to be told, and the link in a mail that ends it."""

from flask import Response, request

from webapp.http.access import Access, current_customer_id, current_identity
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.notifications import pages, service
from webapp.notifications.events import ROUTES
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
        chosen = service.read_preferences(
            session,
            customer_id=current_customer_id(),
            is_admin=current_identity().is_admin,
        )
    return _preferences(chosen)


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
        return _preferences(
            service.read_preferences(
                session,
                customer_id=current_customer_id(),
                is_admin=current_identity().is_admin,
            )
        )


def _preferences(chosen: dict[str, bool]) -> PreferencesView:
    return PreferencesView(
        items=[
            PreferenceView(
                event=event, mail=mailed, optional=not ROUTES[event].transactional
            )
            for event, mailed in chosen.items()
        ]
    )


@api.get(
    "/unsubscribe",
    access=Access.PUBLIC,
    query=TokenQuery,
    returns=SubscriptionView.example(subscribed=True),
)
def show_unsubscribe(query: TokenQuery) -> SubscriptionView | Response:
    """What a link in a mail would end; a browser gets a page with the button.

    It changes nothing by itself, for mail programs open links to look what is behind them.
    """
    with transaction() as session:
        asked = verify_unsubscribe_token(
            query.token, secret=runtime().settings.require_jwt_secret()
        )
        subscribed = service.is_subscribed(session, unsubscription=asked)
    return _subscription(asked.event, subscribed=subscribed)


@api.post(
    "/unsubscribe", access=Access.PUBLIC, query=TokenQuery, returns=SubscriptionView
)
def unsubscribe(query: TokenQuery) -> SubscriptionView | Response:
    """End mails of this kind; mail programs send it by themselves (RFC 8058)."""
    with transaction() as session:
        asked = verify_unsubscribe_token(
            query.token, secret=runtime().settings.require_jwt_secret()
        )
        service.unsubscribe(session, unsubscription=asked)
    return _subscription(asked.event, subscribed=False)


def _subscription(event: str, *, subscribed: bool) -> SubscriptionView | Response:
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if wanted == "text/html":
        return Response(pages.render_unsubscribe_page(event, subscribed=subscribed))
    return SubscriptionView(event=event, subscribed=subscribed)
