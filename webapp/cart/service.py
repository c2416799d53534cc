"""The cart: compared with current prices and stock whenever it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.cart import repository
from webapp.cart.errors import BadQuantity, MixedCurrencies, NotEnoughStock, NotInCart
from webapp.cart.issues import Issue, find_issues
from webapp.cart.pricing import Totals, price_lines
from webapp.cart.read_models import CartRow
from webapp.cart.repository import LineChange
from webapp.cart.taxes import TaxTable
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow, VariantRow

MAX_QUANTITY = 999
"""Of one product, set or added at once."""


@dataclass(frozen=True)
class CartContents:
    lines: tuple[CartRow, ...]
    issues: tuple[Issue, ...]

    @property
    def currency(self) -> str | None:
        """Currency of the first line and of all that can be ordered; `None` when empty."""
        return self.lines[0].currency if self.lines else None


@dataclass(frozen=True)
class Cart(CartContents):
    totals: Totals
    """Totals of the lines in the cart's currency; amounts in another cannot be added."""


def lock_cart(session: Session, *, owner_id: UUID) -> None:
    """Lock the cart until the commit: meanwhile it is not ordered, and no payment removes what
    was bought. What the customer adds or removes does not wait."""
    repository.lock_cart(session, owner_id)


def read_contents(session: Session, *, owner_id: UUID) -> CartContents:
    """Read the lines with current prices and stock, without totals."""
    lines = tuple(repository.list_lines(session, owner_id))
    return CartContents(lines, tuple(find_issues(lines)))


def view_taxed_cart(
    session: Session,
    *,
    owner_id: UUID,
    taxes: TaxTable,
    country: str | None = None,
    state: str = "",
) -> Cart:
    """The cart with the tax of its destination; without a country, at the default rate.

    The prices count as seen by the customer from now on.
    """
    contents = read_contents(session, owner_id=owner_id)
    unseen = {
        line.variant_id: line.price_minor
        for line in contents.lines
        if line.price_minor != line.seen_price_minor
    }
    if unseen:
        repository.mark_prices_seen(session, owner_id=owner_id, prices=unseen)
    priced = (
        (line.price_minor, line.quantity)
        for line in contents.lines
        if line.currency == contents.currency
    )
    tax_percent = taxes.find_percent(country=country, state=state)
    return Cart(
        contents.lines,
        contents.issues,
        price_lines(priced, tax_percent=tax_percent),
    )


def set_quantity(
    session: Session,
    *,
    owner_id: UUID,
    product_id: UUID,
    quantity: int,
    variant_id: UUID | None = None,
    only_existing: bool = False,
) -> None:
    """Put the product in the cart, unless `only_existing`, or set its quantity.

    Raises `BadQuantity`, `ProductNotFound`, `VariantNeeded`, `VariantNotFound`,
    `NotEnoughStock`, `MixedCurrencies`, and `NotInCart` if `only_existing`.
    """
    _check_quantity(quantity)
    product, variant = _choose_variant(session, product_id, variant_id)
    if only_existing and all(
        line.variant_id != variant.id
        for line in repository.list_lines(session, owner_id)
    ):
        raise NotInCart(product_id=product_id, variant_id=variant_id)
    _require_stock(variant, wanted=quantity)
    written = repository.set_line(
        session, _build_change(owner_id, product, variant, quantity)
    )
    if written is None:
        raise _build_currency_error(session, owner_id, product)


def add_quantity(
    session: Session,
    *,
    owner_id: UUID,
    product_id: UUID,
    quantity: int,
    variant_id: UUID | None = None,
) -> None:
    """Add to the quantity of the product that is already in the cart.

    Raises what `set_quantity` raises; the caller must then roll the addition back.
    """
    _check_quantity(quantity)
    product, variant = _choose_variant(session, product_id, variant_id)
    wanted = repository.increment_line(
        session, _build_change(owner_id, product, variant, quantity)
    )
    if wanted is None:
        raise _build_currency_error(session, owner_id, product)
    _require_stock(variant, wanted=wanted)


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_QUANTITY:
        raise BadQuantity(f"A quantity is a number from 1 to {MAX_QUANTITY}")


def _choose_variant(
    session: Session, product_id: UUID, variant_id: UUID | None
) -> tuple[ProductRow, VariantRow]:
    product = catalog.require_product(session, product_id=product_id)
    return product, catalog.choose_variant(product, variant_id=variant_id)


def _build_change(
    owner_id: UUID, product: ProductRow, variant: VariantRow, quantity: int
) -> LineChange:
    return LineChange(
        owner_id, variant.id, quantity, variant.price_minor, product.currency
    )


def _build_currency_error(
    session: Session, owner_id: UUID, product: ProductRow
) -> MixedCurrencies:
    others = repository.list_currencies(session, owner_id) - {product.currency}
    return MixedCurrencies(
        f"The cart is in {', '.join(sorted(others))}; this costs {product.currency}"
    )


def _require_stock(variant: VariantRow, *, wanted: int) -> None:
    if wanted > variant.stock:
        raise NotEnoughStock(
            product_id=variant.product_id, wanted=wanted, available=variant.stock
        )


def remove_product(
    session: Session,
    *,
    owner_id: UUID,
    product_id: UUID | None,
    variant_id: UUID | None = None,
) -> None:
    """Remove one variant, or a product with all of its variants. Raises `NotInCart`."""
    if not repository.delete_product_lines(
        session, owner_id=owner_id, product_id=product_id, variant_id=variant_id
    ):
        raise NotInCart(product_id=product_id, variant_id=variant_id)


def empty_cart(session: Session, *, owner_id: UUID) -> None:
    repository.delete_lines(session, owner_id)


def remove_bought(
    session: Session, *, owner_id: UUID, bought: Mapping[UUID, int]
) -> None:
    """Remove the quantities bought, by variant; what was added since then stays."""
    repository.subtract_bought(session, owner_id=owner_id, bought=bought)
