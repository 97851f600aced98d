"""What a bill's page shows besides the bill itself."""

from __future__ import annotations

from collections.abc import Sequence

from invoices.models import Instalment, Invoice, InvoiceLine, InvoiceTax
from ledger.models import Allocation


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """Return the lines in order, with their products."""
    return list(
        InvoiceLine.objects.filter(invoice=invoice)
        .select_related("product", "tax_code")
        .order_by("position")
    )


def taxes_of(invoice: Invoice) -> list[InvoiceTax]:
    """Return the tax table, the highest rate first."""
    return list(InvoiceTax.objects.filter(invoice=invoice).order_by("-rate", "category"))


def instalments_of(invoice: Invoice) -> list[Instalment]:
    """Return the instalments in order, with their open items."""
    return list(
        Instalment.objects.filter(invoice=invoice).select_related("item").order_by("position")
    )


def allocations_of(instalments: Sequence[Instalment]) -> list[Allocation]:
    """Return what was allocated to the instalments, undone ones and undoings too, newest first."""
    return list(
        Allocation.objects.filter(debit_item__in=[one.item_id for one in instalments])
        .select_related("credit_item", "debit_item")
        .order_by("-pk")
    )
