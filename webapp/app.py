"""The web application: wiring, no logic."""

from flask import Flask
from flask_cors import CORS
from flask_sock import Sock
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.account_deletion.routes import api as account_deletion
from webapp.accounts.account_status import AccountStatusCache
from webapp.accounts.api_token_cache import ApiTokenCache
from webapp.accounts.api_token_routes import api as api_tokens
from webapp.accounts.reset_routes import bp as reset_page
from webapp.accounts.routes import DEVICE_HEADER
from webapp.accounts.routes import api as accounts
from webapp.accounts.second_factor_routes import api as second_factor
from webapp.bootstrap import Runtime
from webapp.cart.routes import api as cart
from webapp.catalog.media import bp as media
from webapp.catalog.routes import api as catalog
from webapp.chat import sockets as chat
from webapp.chat.routes import api as chat_tickets
from webapp.checkout.admin_routes import api as orders_admin
from webapp.checkout.routes import api as checkout
from webapp.health.routes import bp as health
from webapp.http import (
    access,
    context,
    docs,
    errors,
    host_check,
    security_headers,
)
from webapp.http.idempotency import IDEMPOTENCY_KEY_HEADER
from webapp.imports.routes import api as imports
from webapp.insights import sockets as insights
from webapp.insights.reports.routes import api as reports
from webapp.insights.reports.subscription_routes import api as report_subscriptions
from webapp.insights.routes import api as analytics
from webapp.insights.saved_questions.routes import api as saved_questions
from webapp.integrity.routes import api as integrity
from webapp.jobs_admin.routes import api as jobs_admin
from webapp.knowledge.routes import api as knowledge
from webapp.notifications.routes import api as notifications
from webapp.orders.routes import api as orders
from webapp.search.routes import api as search
from webapp.search.rules.routes import api as search_rules
from webapp.search.similar_routes import api as similar_products
from webapp.search_analytics.routes import api as search_analytics
from webapp.search_analytics.visitors import VISITOR_HEADER
from webapp.webhooks.routes import api as webhooks

API_PREFIX = "/api/v1"
APIS = (
    accounts,
    second_factor,
    api_tokens,
    catalog,
    imports,
    search,
    similar_products,
    search_analytics,
    search_rules,
    cart,
    checkout,
    orders_admin,
    orders,
    knowledge,
    notifications,
    webhooks,
    jobs_admin,
    integrity,
    analytics,
    reports,
    report_subscriptions,
    saved_questions,
    account_deletion,
    chat_tickets,
)
MAX_BODY_BYTES = 2 * 1024 * 1024


def create_app(runtime: Runtime) -> Flask:
    settings = runtime.settings
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # /cart and /cart/ are not the same thing to a client that must not be redirected.
    app.url_map.strict_slashes = False
    context.install(app)
    host_check.install(app, settings)
    security_headers.install(app, settings)
    errors.install(app)
    access.install(app, secret=settings.require_jwt_secret())
    if proxies := settings.trusted_proxies:
        # The web server sees the last proxy's address; each adds whom it was called by.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies
        )
    CORS(
        app,
        origins=settings.origins,
        allow_headers=[
            "Authorization",
            "Content-Type",
            DEVICE_HEADER,
            IDEMPOTENCY_KEY_HEADER,
            VISITOR_HEADER,
            context.REQUEST_ID_HEADER,
        ],
        expose_headers=[
            DEVICE_HEADER,
            context.REQUEST_ID_HEADER,
            "Retry-After",
            "Idempotent-Replayed",
        ],
        max_age=600,
    )
    for api in APIS:
        app.register_blueprint(api.blueprint, url_prefix=f"{API_PREFIX}{api.prefix}")
    sock = Sock(app)
    chat.install(sock)
    insights.install(sock)
    app.register_blueprint(health)
    app.register_blueprint(media)
    app.register_blueprint(reset_page)
    app.register_blueprint(docs.build_blueprint(app))
    use_runtime(app, runtime)
    return app


def use_runtime(app: Flask, runtime: Runtime) -> None:
    """Answer requests with these connections, and start with no cached account status."""
    context.use_runtime(app, runtime)
    access.use_account_status(app, AccountStatusCache(runtime.db))
    access.use_api_tokens(
        app,
        ApiTokenCache(
            runtime.db,
            runtime.limiter,
            requests_per_minute=runtime.settings.token_requests_per_minute,
        ),
    )
