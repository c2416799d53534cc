"""Cart tools. The customer is bound at construction; the model cannot choose one."""

from uuid import UUID

from sqlalchemy.orm import Session
from strands import tool
from strands.types.tools import AgentTool, ToolResult

from agents.tools.context import Json, ToolContext
from agents.tools.views import cart_view
from webapp.cart import service
from webapp.cart.taxes import TaxTable


class CartTools:
    def __init__(self, context: ToolContext, *, customer_id: UUID) -> None:
        self._context = context
        self._customer_id = customer_id

    def list_tools(self) -> list[AgentTool]:
        return [
            self.view_cart,
            self.add_to_cart,
            self.set_cart_quantity,
            self.remove_from_cart,
            self.empty_cart,
        ]

    @tool
    async def view_cart(self) -> ToolResult:
        """Show what is in the customer's cart, with prices, tax and total."""
        return await self._context.run_in_unit_of_work(self._build_view)

    @tool
    async def add_to_cart(
        self, product_id: UUID, quantity: int = 1, variant_id: UUID | None = None
    ) -> ToolResult:
        """Put more of a product in the customer's cart, in addition to what is there already.

        Args:
            product_id: Identifier from a product search result.
            quantity: How many to add.
            variant_id: Which variant; needed only when the product has several.
        """

        def add(session: Session) -> Json:
            service.add_quantity(
                session,
                owner_id=self._customer_id,
                product_id=product_id,
                variant_id=variant_id,
                quantity=quantity,
            )
            return self._build_view(session) | {
                "change": {"productId": str(product_id), "added": quantity}
            }

        return await self._context.run_in_unit_of_work(add)

    @tool
    async def set_cart_quantity(
        self, product_id: UUID, quantity: int, variant_id: UUID | None = None
    ) -> ToolResult:
        """Change how many of a product are in the customer's cart.

        Args:
            product_id: Identifier from the cart or a search result.
            quantity: How many the customer wants in total.
            variant_id: Which variant; needed only when the product has several.
        """

        def change(session: Session) -> Json:
            service.set_quantity(
                session,
                owner_id=self._customer_id,
                product_id=product_id,
                variant_id=variant_id,
                quantity=quantity,
            )
            return self._build_view(session) | {
                "change": {"productId": str(product_id), "quantity": quantity}
            }

        return await self._context.run_in_unit_of_work(change)

    @tool
    async def remove_from_cart(
        self, product_id: UUID, variant_id: UUID | None = None
    ) -> ToolResult:
        """Take a product out of the customer's cart.

        Args:
            product_id: Identifier from the cart.
            variant_id: Which variant; without it all variants of the product go.
        """

        def remove(session: Session) -> Json:
            service.remove_product(
                session,
                owner_id=self._customer_id,
                product_id=product_id,
                variant_id=variant_id,
            )
            return self._build_view(session) | {
                "change": {"productId": str(product_id), "removed": True}
            }

        return await self._context.run_in_unit_of_work(remove)

    @tool
    async def empty_cart(self) -> ToolResult:
        """Take everything out of the customer's cart. Only when they asked for that."""

        def empty(session: Session) -> Json:
            service.empty_cart(session, owner_id=self._customer_id)
            return self._build_view(session) | {"change": {"emptied": True}}

        return await self._context.run_in_unit_of_work(empty)

    def _build_view(self, session: Session) -> Json:
        settings = self._context.runtime.settings
        cart = service.view_taxed_cart(
            session,
            owner_id=self._customer_id,
            taxes=TaxTable.from_settings(settings),
        )
        return {"cart": cart_view(cart, currency=settings.currency)}
