from flask import Response

from webapp.http.api import CSV, TABLE, Api, stream_download
from webapp.http.context import runtime, transaction
from webapp.imports import service
from webapp.imports.schemas import ImportQuery, ImportView
from webapp.kit.scopes import Scope

api = Api("Product import and export", prefix="/admin")


@api.get("/products.csv", access=Scope.CATALOG_READ, returns=CSV)
def export_products() -> Response:
    """All products as CSV, withdrawn ones too.

    One row per variant, in the columns that the import takes. A cell that a spreadsheet
    would run as a formula begins with an apostrophe, which the import removes again.
    """
    return stream_download(
        service.export_products(runtime().db), CSV, file_name="products.csv"
    )


@api.post(
    "/products/import",
    access=Scope.CATALOG_WRITE,
    body=TABLE,
    query=ImportQuery,
    returns=ImportView,
)
def import_products(body: bytes, query: ImportQuery) -> ImportView:
    """Create and update products from CSV, JSON Lines or a spreadsheet.

    Takes the exported file, whole or in parts, also as a spreadsheet saves it. Invalid rows are
    reported and the others are imported. A product is identified by its `productId` or, where that
    is empty, by its `sku`, which identifies the variant. A row whose `version` is not the
    product's current one is rejected unless it changes nothing. Where `stockSeen` has the stock at
    the time of the export, only the difference to `stock` is applied. Importing a file again
    changes nothing.
    """
    with transaction() as session:
        file = service.import_products(
            session,
            body=body,
            currency=runtime().settings.currency,
            is_dry_run=query.dry_run,
            encoding=query.encoding,
            decimal=query.decimal,
        )
        return ImportView.from_file(file)
