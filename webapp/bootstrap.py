"""Settings → Runtime: every connection of a process, built once by its entry point."""

from dataclasses import dataclass

from webapp.adapters.agents.port import Host
from webapp.adapters.agents.ray_serve import RemoteHost
from webapp.adapters.embeddings.build import open_embedder
from webapp.adapters.embeddings.port import Embedder
from webapp.adapters.identity.build import open_user_pool
from webapp.adapters.identity.port import UserPool
from webapp.adapters.mail.build import open_mail
from webapp.adapters.mail.port import MailSender
from webapp.adapters.payments.build import open_payments
from webapp.adapters.payments.port import PaymentGateway
from webapp.adapters.rate_limits.build import open_limiter
from webapp.adapters.rate_limits.port import Limiter
from webapp.adapters.search.build import open_search
from webapp.adapters.search.port import SearchEngine
from webapp.adapters.storage.build import open_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.hashing import Passwords


@dataclass(frozen=True)
class Runtime:
    """What entry points hand to the rest. Tests build one with stand-ins."""

    settings: Settings
    db: Database
    search: SearchEngine
    payments: PaymentGateway
    mail: MailSender
    storage: Storage
    embedder: Embedder
    limiter: Limiter
    passwords: Passwords
    user_pool: UserPool | None
    """Whose tokens are accepted beside our own."""
    support: Host
    insights: Host


def build_runtime(settings: Settings) -> Runtime:
    """Opens nothing slow: models load and servers are called at first use."""
    return Runtime(
        settings=settings,
        db=Database.at(settings.require_database_url()),
        search=open_search(settings),
        payments=open_payments(settings),
        mail=open_mail(settings),
        storage=open_storage(settings),
        embedder=open_embedder(settings),
        limiter=open_limiter(settings),
        passwords=Passwords(),
        user_pool=open_user_pool(settings),
        support=RemoteHost.at(settings, "/support"),
        insights=RemoteHost.at(settings, "/insights"),
    )
