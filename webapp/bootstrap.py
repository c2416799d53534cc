"""Settings → Runtime: every connection of a process, built once by its entry point."""

from dataclasses import dataclass

from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.hashing import Passwords
from webapp.suppliers.assistant import Host, RemoteHost
from webapp.suppliers.embeddings import Embedder, open_embedder
from webapp.suppliers.identity import UserPool, open_user_pool
from webapp.suppliers.limits import Limiter, open_limiter
from webapp.suppliers.mail import MailSender, open_mail
from webapp.suppliers.payments import PaymentGateway
from webapp.suppliers.search.engine import SearchEngine
from webapp.suppliers.search.factory import open_search
from webapp.suppliers.storage import Storage, open_storage
from webapp.suppliers.stripe_gateway import open_payments


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
