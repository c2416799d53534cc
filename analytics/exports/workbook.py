"""Writes a result as a spreadsheet: its rows on one sheet, its receipt on another."""

from io import BytesIO

from analytics.exports.receipts import iterate_receipt
from analytics.exports.sheets import open_workbook
from webapp.insights.query.results import AnalyticsResult

ROWS_SHEET = "Figures"
RECEIPT_SHEET = "Receipt"


def write_workbook(result: AnalyticsResult) -> bytes:
    buffer = BytesIO()
    with open_workbook(buffer, as_of=result.receipt.as_of) as writer:
        writer.write_rows(
            writer.add_sheet(ROWS_SHEET),
            result.columns,
            result.rows,
            header=[column.name for column in result.columns],
        )
        writer.write_facts(writer.add_sheet(RECEIPT_SHEET), iterate_receipt(result))
    return buffer.getvalue()
