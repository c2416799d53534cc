"""Build the Runtime from settings: every connection of a process, once per entry point."""

from dataclasses import dataclass

from webapp.adapters.agent_memory.build import build_agent_memory
from webapp.adapters.agent_memory.port import AgentMemory
from webapp.adapters.agents.build import build_insights_agent, build_support_agent
from webapp.adapters.agents.port import AgentClient
from webapp.adapters.analytics.build import build_analytics
from webapp.adapters.analytics.port import AnalyticsClient
from webapp.adapters.batch_jobs.build import build_batch_cluster
from webapp.adapters.batch_jobs.port import BatchCluster
from webapp.adapters.embeddings.build import build_embedder
from webapp.adapters.embeddings.port import Embedder
from webapp.adapters.event_buffers.build import build_event_buffer
from webapp.adapters.event_buffers.port import EventBuffer
from webapp.adapters.identity.build import build_user_pool
from webapp.adapters.identity.port import UserPool
from webapp.adapters.mail.build import build_mail_sender
from webapp.adapters.mail.port import MailSender
from webapp.adapters.one_time_values.build import build_one_time_values
from webapp.adapters.one_time_values.port import OneTimeValues
from webapp.adapters.payments.build import build_payment_gateway
from webapp.adapters.payments.port import PaymentGateway
from webapp.adapters.query_embeddings.build import build_query_embedder
from webapp.adapters.query_embeddings.port import QueryEmbedder
from webapp.adapters.rate_limits.build import (
    build_concurrency_limiter,
    build_rate_limiter,
)
from webapp.adapters.rate_limits.port import ConcurrencyLimiter, RateLimiter
from webapp.adapters.search.build import (
    build_near_cache,
    build_popular_query_cache,
    build_rule_cache,
    build_search_engine,
)
from webapp.adapters.search.port import (
    NearCache,
    PopularQueryCache,
    RuleCache,
    SearchEngine,
)
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.port import Storage
from webapp.config import AgentSettings, Settings
from webapp.db.session import Database
from webapp.kit.hashing import BoundedPasswordHasher


@dataclass(frozen=True)
class AgentRuntime:
    """The part of a `Runtime` that agents use, and the whole of a replica's."""

    settings: AgentSettings
    db: Database
    search: SearchEngine
    embedder: Embedder
    query_embedder: QueryEmbedder
    near_cache: NearCache
    """Products near in meaning to the texts searched last."""
    rule_cache: RuleCache
    """What admins have decided about searches."""
    popular_queries: PopularQueryCache
    analytics: AnalyticsClient
    agent_memory: AgentMemory | None
    """Has a copy of the insights agent's conversations, if one is configured."""


@dataclass(frozen=True)
class Runtime(AgentRuntime):
    """Adapters and connections that entry points pass on. Tests build one with fakes."""

    settings: Settings
    payments: PaymentGateway
    mail: MailSender
    storage: Storage
    limiter: RateLimiter
    concurrency_limiter: ConcurrencyLimiter
    one_time_values: OneTimeValues
    search_events: EventBuffer
    """Searches and what followed, which a job records."""
    passwords: BoundedPasswordHasher
    user_pool: UserPool | None
    """User pool whose tokens are accepted in addition to our own."""
    support_agent: AgentClient
    insights_agent: AgentClient
    batch_cluster: BatchCluster


def build_agent_runtime(settings: AgentSettings) -> AgentRuntime:
    """Build what a replica needs, which has no keys for the rest."""
    return AgentRuntime(
        settings=settings,
        db=Database.from_url(settings.require_database_url()),
        search=build_search_engine(settings),
        embedder=build_embedder(settings),
        query_embedder=build_query_embedder(settings),
        near_cache=build_near_cache(),
        rule_cache=build_rule_cache(),
        popular_queries=build_popular_query_cache(),
        analytics=build_analytics(settings),
        agent_memory=build_agent_memory(settings),
    )


def build_runtime(settings: Settings) -> Runtime:
    """Build every adapter; models load and servers are called at first use only."""
    return Runtime(
        settings=settings,
        db=Database.from_url(settings.require_database_url()),
        search=build_search_engine(settings),
        payments=build_payment_gateway(settings),
        mail=build_mail_sender(settings),
        storage=build_storage(settings),
        embedder=build_embedder(settings),
        query_embedder=build_query_embedder(settings),
        near_cache=build_near_cache(),
        rule_cache=build_rule_cache(),
        popular_queries=build_popular_query_cache(),
        limiter=build_rate_limiter(settings),
        concurrency_limiter=build_concurrency_limiter(settings),
        one_time_values=build_one_time_values(settings),
        search_events=build_event_buffer(settings, name="searches"),
        passwords=BoundedPasswordHasher(),
        user_pool=build_user_pool(settings),
        support_agent=build_support_agent(settings),
        insights_agent=build_insights_agent(settings),
        batch_cluster=build_batch_cluster(settings),
        analytics=build_analytics(settings),
        agent_memory=build_agent_memory(settings),
    )
