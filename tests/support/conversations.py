"""A seeded shop and conversations with its agents."""

from dataclasses import dataclass, field
from uuid import UUID

from tests.support.factories import RowFactory
from webapp.adapters.agents.port import (
    AgentClient,
    AgentEvent,
    Failure,
    Message,
    Principal,
    Turn,
)
from webapp.adapters.embeddings.port import Embedder
from webapp.bootstrap import Runtime
from webapp.chat import service as chat
from webapp.chat.service import AgentName
from webapp.db.session import Database
from webapp.kit.ids import new_id
from webapp.knowledge import service as knowledge
from webapp.orders.models import OrderItem
from webapp.search import indexing

PRODUCTS = {
    "Copper Kettle": (4900, "Kitchen"),
    "Glass Kettle": (2900, "Kitchen"),
    "Travel Kettle": (1900, "Kitchen"),
    "Wool Scarf": (3500, "Clothing"),
    "Desk Lamp": (2250, "Lighting"),
    "Two-Person Tent": (14900, "Outdoor"),
}
HELP = {
    "returns": (
        "Returns",
        "You can return anything within 30 days, unused and in its box.",
    ),
    "delivery": ("Delivery", "Standard delivery takes three to five working days."),
}


@dataclass(frozen=True)
class SeededShop:
    runtime: Runtime
    ada: UUID
    bob: UUID
    order_id: UUID
    """Ada's order 1042."""
    products: dict[str, UUID]

    @property
    def db(self) -> Database:
        return self.runtime.db


def create_shop(runtime: Runtime) -> SeededShop:
    with runtime.db.unit_of_work() as session:
        make = RowFactory(session)
        ada, bob = make.customer().id, make.customer(name="Bob").id
        products = {
            name: make.product(name=name, price_minor=price, category=category).id
            for name, (price, category) in PRODUCTS.items()
        }
        order_id = make.order(
            number=1042,
            customer_id=ada,
            tax_minor=232,
            total_minor=3132,
            tracking_number="TRACK-7",
            items=[
                OrderItem(
                    position=0,
                    name="Glass Kettle",
                    sku="GK",
                    category="Kitchen",
                    quantity=1,
                    unit_price_minor=2900,
                    line_total_minor=2900,
                )
            ],
        ).id
        for slug, (title, body) in HELP.items():
            knowledge.put_document(session, slug=slug, title=title, body=body)
    indexing.rebuild_index(runtime.db, runtime.search)
    _embed_help(runtime.db, runtime.embedder)
    return SeededShop(runtime, ada, bob, order_id, products)


def _embed_help(db: Database, embedder: Embedder) -> None:
    with db.unit_of_work() as session:
        ids = [document.id for document in knowledge.list_documents(session)]
        passages = knowledge.list_unembedded_passages(session, document_ids=ids)
        vectors = embedder.embed([passage.text for passage in passages])
        knowledge.store_embeddings(session, passages=passages, vectors=vectors)


@dataclass
class AgentConversation:
    """A customer's conversation with an agent; `events` are those of the last turn."""

    agent_client: AgentClient
    db: Database
    customer_id: UUID
    agent: AgentName = AgentName.SUPPORT
    groups: tuple[str, ...] = ()
    session_id: UUID = field(default_factory=new_id)
    events: list[AgentEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.db.unit_of_work() as session:
            started = chat.start_session(
                session, owner_id=self.customer_id, agent=self.agent
            )
            self.session_id = started.id

    def send(self, message: str) -> list[AgentEvent]:
        principal = Principal(self.customer_id, self.groups)
        self.events = list(
            self.agent_client.stream_turn(Turn(principal, self.session_id, message))
        )
        return self.events

    def get_answer(self, message: str) -> Message:
        last = self.send(message)[-1]
        assert isinstance(last, Message), last
        return last

    def get_failure(self, message: str) -> Failure:
        last = self.send(message)[-1]
        assert isinstance(last, Failure), last
        return last
