"""What may stand in the place of an id: a few statements for a page, whatever its length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from api.enums import Scope
from api.serializers.customers import CustomerShown
from api.serializers.invoices import LineShown
from api.serializers.money import AllocationShown
from api.shaping import Expansion
from customers import queries
from customers.models import Customer
from invoices.models import InvoiceLine
from ledger.models import Allocation


def customers(*, day: date) -> QuerySet[Customer]:
    """Return customers with all that ``CustomerShown`` writes."""
    return queries.for_list(day=day).prefetch_related("addresses")


def allocations() -> QuerySet[Allocation]:
    """Return what receipts were allocated to; ``undone_on`` where that was taken back."""
    undoing = Allocation.objects.filter(undoes=OuterRef("pk")).values("effective_date")[:1]
    return (
        Allocation.objects.filter(undoes__isnull=True, credit_item__receipt__isnull=False)
        .annotate(undone_on=Subquery(undoing))
        .select_related("credit_item__receipt")
    )


def _customers_of(rows: Sequence[Any], day: date) -> Mapping[int, Any]:
    known = customers(day=day).in_bulk({row.customer_id for row in rows})
    return {row.pk: known.get(row.customer_id) for row in rows}


def _lines_of(rows: Sequence[Any], _day: date) -> Mapping[int, Any]:
    bills, found = {row.pk: row for row in rows}, defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__in=bills).order_by("invoice", "position"):
        line.invoice = bills[line.invoice_id]  # its currency is asked for
        found[line.invoice_id].append(line)
    return found


def _allocations_of(rows: Sequence[Any], _day: date) -> Mapping[int, Any]:
    receipts, found = {row.item_id: row.pk for row in rows}, defaultdict(list)
    for one in allocations().filter(credit_item__in=receipts).order_by("pk"):
        found[receipts[one.credit_item_id]].append(one)
    return found


CUSTOMER = Expansion("customer", Scope.CUSTOMERS_READ, CustomerShown, _customers_of)
LINES = Expansion("lines", Scope.INVOICES_READ, LineShown, _lines_of, is_many=True)
ALLOCATIONS = Expansion(
    "allocations", Scope.PAYMENTS_READ, AllocationShown, _allocations_of, is_many=True
)
