from uuid import UUID

from webapp.catalog import service
from webapp.catalog.schemas import (
    CategoriesView,
    CategoryView,
    ProductBody,
    ProductChange,
    ProductQuery,
    ProductView,
)
from webapp.http.access import Access
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.http.schemas import ListView

api = Api("Products")


@api.get(
    "/products",
    access=Access.PUBLIC,
    query=ProductQuery,
    returns=ListView[ProductView],
)
def list_products(query: ProductQuery) -> ListView[ProductView]:
    """Products on sale, newest first."""
    return _listed(query, active_only=True)


@api.get(
    "/admin/products",
    access=Access.ADMIN,
    query=ProductQuery,
    returns=ListView[ProductView],
)
def list_all_products(query: ProductQuery) -> ListView[ProductView]:
    """All products, withdrawn ones too."""
    return _listed(query, active_only=False)


def _listed(query: ProductQuery, *, active_only: bool) -> ListView[ProductView]:
    with transaction() as session:
        page = service.list_products(
            session,
            category=query.category,
            limit=query.limit,
            last_key=query.last_key,
            active_only=active_only,
        )
        return ListView[ProductView](
            items=[ProductView.of(product) for product in page.items],
            last_key=page.last_key,
        )


@api.get(
    "/products/<uuid:product_id>",
    access=Access.PUBLIC,
    returns=ProductView,
    errors=(404,),
)
def show_product(product_id: UUID) -> ProductView:
    """One product on sale."""
    with transaction() as session:
        return ProductView.of(service.require_product(session, product_id=product_id))


@api.get("/categories", access=Access.PUBLIC, returns=CategoriesView)
def list_categories() -> CategoriesView:
    """Categories with the number of products on sale in each."""
    with transaction() as session:
        found = service.categories(session)
    return CategoriesView(items=[CategoryView(name=n, count=c) for n, c in found])


@api.post(
    "/products",
    access=Access.ADMIN,
    body=ProductBody,
    returns={201: ProductView},
    errors=(404, 409),
)
def create_product(body: ProductBody) -> tuple[ProductView, int]:
    """Add a product."""
    rt = runtime()
    with transaction() as session:
        product = service.create_product(
            session, draft=body.draft(currency=rt.settings.currency)
        )
        # The database stamps the creation time.
        session.flush()
        session.refresh(product, ["created_at", "updated_at", "version"])
        return ProductView.of(product), 201


@api.put(
    "/products/<uuid:product_id>",
    access=Access.ADMIN,
    body=ProductChange,
    returns=ProductView,
    errors=(404, 409),
)
def change_product(product_id: UUID, body: ProductChange) -> ProductView:
    """Overwrite a product.

    Send the `version` that was read to be refused if the product was changed meanwhile;
    left out, what others changed is overwritten. Sales make no new version: leave `stock`
    out and it stays as it is, or send the one that was read as `stockSeen` and only the
    difference counts. `currency` stays, too, where none is sent, and so do the variants
    where there are neither `variants` nor `price` and `stock`. Variants are named by
    `variantId` or `sku`; one that is not among `variants` is removed.
    """
    with transaction() as session:
        product = service.change_product(
            session,
            product_id=product_id,
            draft=body.draft(),
            version=body.version,
        )
        session.flush()
        return ProductView.of(product)


@api.delete("/products/<uuid:product_id>", access=Access.ADMIN, errors=(404,))
def withdraw_product(product_id: UUID) -> None:
    """Take a product off sale; orders keep it."""
    with transaction() as session:
        service.withdraw_product(session, product_id=product_id)
