from invoices.models.charge import Charge
from invoices.models.delivery import Delivery, PublicLink
from invoices.models.invoice import Instalment, Invoice, InvoiceLine, InvoiceTax
from invoices.models.overdue import OverdueBill
from invoices.models.product import Product, TaxCode
from invoices.models.schedule import Schedule, ScheduledPeriod, ScheduleLine
from invoices.models.typed import TypedBill

__all__ = [
    "Charge",
    "Delivery",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "OverdueBill",
    "Product",
    "PublicLink",
    "Schedule",
    "ScheduleLine",
    "ScheduledPeriod",
    "TaxCode",
    "TypedBill",
]
