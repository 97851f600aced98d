"""Importing receipts, and bills that may already have been paid."""

from core.imports import register
from payments.importers.bills import BillImporter
from payments.importers.receipts import ReceiptImporter

register(BillImporter())
register(ReceiptImporter())
