"""A harness that writes files and imports them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.db.session import Database
from webapp.imports import mapping, runner
from webapp.imports.mapping import OrderMapping, ProductMapping
from webapp.imports.progress import ImportProgress, ImportSummary, NullProgress
from webapp.kit.money import Currency

RETAIL_HEADER = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
)


@dataclass(frozen=True)
class ImportHarness:
    """Imports files that it writes to a temporary folder."""

    db: Database
    folder: Path

    def import_products(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        toml: str = "",
        dry_run: bool = False,
        progress: ImportProgress | None = None,
    ) -> ImportSummary:
        path = self.folder / "products.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        base = 'kind = "products"\nsource = "acme"\nid = "id"\nname = "name"\n'
        parsed = mapping.parse_mapping(
            f'{base}price = "price"\n{toml}', kind="products", name="test"
        )
        assert isinstance(parsed, ProductMapping)
        request = self._request(path, dry=dry_run)
        return runner.import_products(
            self.db, request, parsed, progress or NullProgress()
        )

    def import_orders(self, rows: Sequence[Mapping[str, Any]]) -> ImportSummary:
        """Import lines with the API's column names, of the same source as `import_products`."""
        path = self.folder / "orders.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        text = mapping.read_builtin_mapping("orders").replace('"shop"', '"acme"')
        parsed = mapping.parse_mapping(text, kind="orders", name="test")
        assert isinstance(parsed, OrderMapping)
        request = self._request(path, dry=False)
        return runner.import_orders(self.db, request, parsed, NullProgress())

    def import_retail_orders(
        self, *lines: str, dry_run: bool = False, progress: ImportProgress | None = None
    ) -> ImportSummary:
        path = self.folder / "lines.csv"
        path.write_text("\n".join([RETAIL_HEADER, *lines]))
        parsed = mapping.load_mapping("orders", "online-retail")
        assert isinstance(parsed, OrderMapping)
        request = self._request(path, dry=dry_run)
        return runner.import_orders(
            self.db, request, parsed, progress or NullProgress()
        )

    def read_rejects(self) -> list[dict[str, Any]]:
        path = self.folder / "rejects.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def _request(self, path: Path, *, dry: bool) -> runner.ImportRequest:
        return runner.ImportRequest(
            path, Currency.USD, self.folder / "rejects.jsonl", dry
        )
