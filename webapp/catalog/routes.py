from http import HTTPStatus
from uuid import UUID

from flask import Response

from webapp.catalog import media, pictures, service
from webapp.catalog.labels import service as labels
from webapp.catalog.schemas import (
    LabelRenaming,
    ProductBody,
    ProductChange,
    ProductQuery,
)
from webapp.catalog.views import (
    AdminProductView,
    AdminVariantView,
    CategoriesView,
    CategoryView,
    ProductView,
    RenamedLabelView,
)
from webapp.db.idempotency import StoredResponse
from webapp.http.access import Access, current_caller_id
from webapp.http.api import PICTURE, Api, Idempotency
from webapp.http.context import reading_session, runtime, transaction
from webapp.http.idempotency import (
    build_response,
    claim_idempotency_key,
    replay_response,
)
from webapp.http.list_keys import mark_last_key
from webapp.http.schemas import ListView
from webapp.kit.scopes import Scope

api = Api("Products")


@api.get(
    "/products",
    access=Access.PUBLIC,
    query=ProductQuery,
    returns=ListView[ProductView],
)
def list_products(query: ProductQuery) -> Response:
    """Products on sale, newest first."""
    page = service.list_public_json(
        runtime().db,
        category=query.category,
        limit=query.limit,
        last_key=query.last_key,
    )
    items = ",".join(product.json for product in page.items)
    last_key = ""
    if page.last_key is not None:
        last_key = f',"lastKey":"{mark_last_key(page.last_key, query)}"'
    return _build_json_response(f'{{"items":[{items}]{last_key}}}')


@api.get(
    "/admin/products",
    access=Scope.CATALOG_READ,
    query=ProductQuery,
    returns=ListView[AdminProductView],
)
def list_all_products(query: ProductQuery) -> ListView[AdminProductView]:
    """All products, withdrawn ones too, with the units held for orders."""
    with transaction() as session:
        page = service.list_products(
            session,
            category=query.category,
            limit=query.limit,
            last_key=query.last_key,
        )
        return ListView[AdminProductView](
            items=[AdminProductView.from_product(product) for product in page.items],
            last_key=page.last_key,
        )


def _build_json_response(text: str) -> Response:
    return Response(text, mimetype="application/json")


@api.get(
    "/products/<uuid:product_id>",
    access=Access.PUBLIC,
    returns=ProductView,
    errors=(404,),
)
def show_product(product_id: UUID) -> Response:
    """One product on sale."""
    return _build_json_response(
        service.require_public_json(runtime().db, product_id=product_id)
    )


@api.get(
    "/admin/products/<uuid:product_id>",
    access=Scope.CATALOG_READ,
    returns=AdminProductView,
    errors=(404,),
)
def show_any_product(product_id: UUID) -> AdminProductView:
    """One product, on sale or withdrawn, with the units held for orders."""
    with transaction() as session:
        product = service.require_product(
            session, product_id=product_id, active_only=False
        )
        return AdminProductView.from_product(product)


@api.get("/categories", access=Access.PUBLIC, returns=CategoriesView)
def list_categories() -> CategoriesView:
    """Categories with the number of products on sale in each."""
    with reading_session() as session:
        rows = service.list_categories(session)
    return CategoriesView(items=[CategoryView(name=n, count=c) for n, c in rows])


@api.post(
    "/admin/labels/rename",
    access=Scope.CATALOG_WRITE,
    body=LabelRenaming,
    returns=RenamedLabelView,
    errors=(404,),
)
def rename_label(body: LabelRenaming) -> RenamedLabelView:
    """Rename a category, a brand or a tag on all products.

    A name that exists already makes the two one. Spellings that differ in case and blanks are one
    name, and products have the spelling that was written first: this changes it.
    """
    with transaction() as session:
        changed = labels.rename_label(
            session, kind=body.kind, name=body.name, new_name=body.new_name
        )
    return RenamedLabelView(name=body.new_name, changed_products=changed)


@api.post(
    "/products",
    access=Scope.CATALOG_WRITE,
    body=ProductBody,
    returns={
        201: AdminProductView.example(
            variants=[AdminVariantView.example(on_hand=12, held=0)]
        )
    },
    errors=(404, 409),
)
def create_product(body: ProductBody) -> tuple[AdminProductView, int]:
    """Add a product."""
    rt = runtime()
    with transaction() as session:
        product = service.create_product(
            session, draft=body.to_draft(currency=rt.settings.currency)
        )
        # The database stamps the creation time.
        session.flush()
        session.refresh(product, ["created_at", "updated_at", "version"])
        return AdminProductView.from_product(product), 201


@api.put(
    "/products/<uuid:product_id>",
    access=Scope.CATALOG_WRITE,
    body=ProductChange,
    returns=AdminProductView,
    errors=(404, 409),
)
def change_product(product_id: UUID, body: ProductChange) -> AdminProductView:
    """Overwrite a product.

    With the `version` that was read, the change is refused if the product was changed in
    the meantime; without it, changes by others are overwritten. Sales make no new version:
    leave `stock` out and it stays as it is, or send the stock that was read as `stockSeen`
    and only the difference is applied. Without `currency` the currency stays as it is, and
    without `variants`, `price` and `stock` so do the variants. Variants are identified by
    `variantId` or `sku`; one that is not among `variants` is removed.
    """
    with transaction() as session:
        product = service.change_product(
            session,
            product_id=product_id,
            draft=body.to_draft(),
            version=body.version,
        )
        session.flush()
        return AdminProductView.from_product(product)


@api.put(
    "/products/<uuid:product_id>/picture",
    access=Scope.CATALOG_WRITE,
    body=PICTURE,
    returns=AdminProductView,
    errors=(404, 413, 415),
    idempotency=Idempotency.OWN_TRANSACTIONS,
)
def set_picture(product_id: UUID, body: bytes) -> Response:
    """Set the picture of a product: a JPEG, PNG or WebP of at most 5 MB.

    The format is detected from the bytes, whatever media type is sent. A single frame of at most 25
    million pixels; it is turned upright and stored without its metadata. The picture's address
    becomes the product's `imageUrl`, which makes a new version. A later `PUT` of the product
    without `imageUrl` removes the picture again.
    """
    with claim_idempotency_key(owner_id=current_caller_id()) as attempt:
        if attempt.stored_response is not None:
            return replay_response(attempt.stored_response)
        picture = pictures.clean_picture(body)
        name = picture.file_name
        rt = runtime()
        with rt.db.unit_of_work() as session:
            service.require_product(session, product_id=product_id, active_only=False)
        rt.storage.put(f"{media.FOLDER}/{name}", picture.content)
        with rt.db.unit_of_work() as session:
            product = service.set_picture(
                session, product_id=product_id, image_url=f"/{media.FOLDER}/{name}"
            )
            view = AdminProductView.from_product(product).model_dump(mode="json")
            response = StoredResponse(HTTPStatus.OK, view)
            attempt.store_response(session, response)
        return build_response(response)


@api.delete(
    "/products/<uuid:product_id>",
    access=Scope.CATALOG_WRITE,
    errors=(404,),
)
def withdraw_product(product_id: UUID) -> None:
    """Take a product off sale; orders keep it."""
    with transaction() as session:
        service.withdraw_product(session, product_id=product_id)
