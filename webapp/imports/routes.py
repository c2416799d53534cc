from flask import Response

from webapp.http.access import Access
from webapp.http.api import CSV, Api, stream_download
from webapp.http.context import runtime, transaction
from webapp.imports.schemas import ImportQuery, ImportView
from webapp.imports.sheet import service

api = Api("Product import and export", prefix="/admin")


@api.get("/products.csv", access=Access.ADMIN, returns=CSV)
def export_products() -> Response:
    """All products as CSV, withdrawn ones too.

    A row a variant, in the columns that the import takes. A cell that a spreadsheet would
    run as a formula begins with an apostrophe, which the import takes off again.
    """
    return stream_download(
        service.export_products(runtime().db), CSV, file_name="products.csv"
    )


@api.post(
    "/products/import",
    access=Access.ADMIN,
    body=CSV,
    query=ImportQuery,
    returns=ImportView,
)
def import_products(body: bytes, query: ImportQuery) -> ImportView:
    """Create and update products from CSV.

    Takes what the export gives, whole or in parts. Rows that cannot be taken are reported,
    the others are in. A product is known by its `productId` or, where that is empty, by its
    `sku`, which names the variant. A row whose `version` is no longer the product's is
    rejected unless it changes nothing. Where `stockSeen` tells the stock of the export, a
    `stock` moves by the difference only. A file again changes nothing.
    """
    with transaction() as session:
        outcome = service.import_products(
            session,
            body=body,
            currency=runtime().settings.currency,
            is_dry_run=query.dry_run,
        )
        return ImportView.from_outcome(outcome)
