"""Bills as the list shows them, and how many wait for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from core.fields import AmountField
from core.lists import CurrencySums, sums_by_statement
from core.money import ZERO
from core.tenancy import active_tenant_id
from customers.models import Customer
from invoices.enums import InvoiceSource, InvoiceState
from invoices.models import Delivery, Instalment, Invoice
from messaging.enums import MessageState

KNOWN = 500  # so many bills found by a search are known by their ids
NOT_SENT = (MessageState.CANCELLED, MessageState.FAILED, MessageState.BOUNCED)


class View(models.TextChoices):
    """The tabs of the list; each is a question about a bill, some of them about its open items."""

    DRAFTS = "drafts"
    IN_REVIEW = "review"
    RETURNED = "returned"
    APPROVED = "approved"
    UNSENT = "unsent"
    AWAITING = "awaiting"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"


_STATES = {
    View.DRAFTS: InvoiceState.DRAFT,
    View.IN_REVIEW: InvoiceState.IN_REVIEW,
    View.RETURNED: InvoiceState.RETURNED,
    View.APPROVED: InvoiceState.APPROVED,
    View.VOID: InvoiceState.VOID,
}


@dataclass(frozen=True, slots=True)
class Work:
    """How many bills wait for somebody, for the home page and the navigation."""

    drafts: int
    in_review: int
    returned: int
    approved: int
    unsent: int
    overdue: int


def for_list() -> models.QuerySet[Invoice]:
    """
    Return bills with their customer and ``open_amount``, newest first.

    What is open is asked of the ledger, through the instalments.
    """
    items = (
        Instalment.objects.filter(invoice=OuterRef("pk"))
        .order_by()
        .values("invoice")
        .annotate(left=Sum("item__open_amount"))
        .values("left")
    )
    left = Coalesce(Subquery(items, output_field=AmountField()), Value(ZERO, AmountField()))
    return Invoice.objects.select_related("customer").annotate(open_amount=left).order_by("-pk")


def in_view(
    invoices: models.QuerySet[Invoice], view: str, *, day: date
) -> models.QuerySet[Invoice]:
    """Limit bills to one of the list's tabs, on the tenant's day."""
    if view in _STATES:
        return invoices.filter(state=_STATES[View(view)])
    issued = invoices.filter(state=InvoiceState.ISSUED)
    # The items' company is named as well: behind the policy alone the planner expects a fraction.
    left = Instalment.objects.order_by().filter(
        item__tenant=active_tenant_id(), item__closed_on__isnull=True
    )
    if view == View.UNSENT:
        return unsent(invoices)
    if view == View.AWAITING:
        return issued.filter(pk__in=_bills_of(left))
    if view == View.OVERDUE:
        return issued.filter(pk__in=_bills_of(left.filter(item__due_date__lt=day)))
    if view == View.PAID:
        return issued.filter(~Exists(left.filter(invoice=OuterRef("pk"))))
    return invoices


def _bills_of(parts: models.QuerySet[Instalment]) -> models.QuerySet[Instalment, Any]:
    """Return the ids of the instalments' bills, found from the open items, once each."""
    return parts.values("invoice").distinct()


def unsent(invoices: models.QuerySet[Invoice]) -> models.QuerySet[Invoice]:
    """Limit to issued bills that no message carries; imported ones went out elsewhere."""
    carried = Delivery.objects.filter(invoice=OuterRef("pk")).exclude(message__state__in=NOT_SENT)
    return invoices.filter(
        ~Exists(carried), ~Q(source=InvoiceSource.IMPORT), state=InvoiceState.ISSUED
    )


def counts_of_views(*, day: date) -> dict[str, int]:
    """Return how many bills stand in each tab, by three statements."""
    states = dict(Invoice.objects.order_by().values_list("state").annotate(count=Count("*")))
    open_bills = (
        Instalment.objects.filter(
            item__closed_on__isnull=True,
            item__amount__gt=0,
            invoice__state=InvoiceState.ISSUED,
        )
        .order_by()
        .aggregate(
            awaiting=Count("invoice", distinct=True),
            overdue=Count("invoice", distinct=True, filter=Q(item__due_date__lt=day)),
        )
    )
    issued = states.get(InvoiceState.ISSUED, 0)
    return {
        **{view.value: states.get(state, 0) for view, state in _STATES.items()},
        View.UNSENT.value: unsent(Invoice.objects.all()).count(),
        View.AWAITING.value: open_bills["awaiting"],
        View.OVERDUE.value: open_bills["overdue"],
        View.PAID.value: issued - open_bills["awaiting"],
    }


def counts_of_work(*, day: date) -> Work:
    """Return how many bills wait for somebody on the tenant's day; each count is a tab's."""
    counts = counts_of_views(day=day)
    return Work(
        drafts=counts[View.DRAFTS],
        in_review=counts[View.IN_REVIEW],
        returned=counts[View.RETURNED],
        approved=counts[View.APPROVED],
        unsent=counts[View.UNSENT],
        overdue=counts[View.OVERDUE],
    )


# What is open is summed from the open items, which are few, not asked of every bill; and bills are
# sought once for both. As text, because the ORM has no common table expressions.
_SUMS = """
WITH chosen (id, currency, total) AS MATERIALIZED ({chosen})
SELECT currency, count(*), sum(total), NULL FROM chosen GROUP BY currency
UNION ALL
SELECT item.currency, 0, NULL, sum(item.open_amount)
FROM chosen
JOIN invoices_instalment part ON part.tenant_id = %s AND part.invoice_id = chosen.id
JOIN ledger_openitem item ON item.tenant_id = %s AND item.id = part.item_id
WHERE item.closed_on IS NULL GROUP BY item.currency
"""
_SUMS_OF_ALL = """
SELECT currency, count(*), sum(total_amount), NULL
FROM invoices_invoice WHERE tenant_id = %s GROUP BY currency
UNION ALL
SELECT currency, 0, NULL, sum(open_amount) FROM ledger_openitem
WHERE tenant_id = %s AND closed_on IS NULL AND kind = 'INSTALMENT' GROUP BY currency
"""


def sums_by_currency(invoices: models.QuerySet[Invoice]) -> list[CurrencySums]:
    """Return count, total and open amount of the bills per currency, by one statement."""
    tenant_id = active_tenant_id()
    statement, params = _SUMS_OF_ALL, (tenant_id, tenant_id)
    if len(invoices.query.where) > 1:  # more than the tenant's own condition
        bare = invoices.order_by().values_list("pk", "currency", "total_amount")
        try:
            chosen, filters = bare.query.sql_with_params()
        except EmptyResultSet:  # the filters leave nothing, as can be seen without asking
            return []
        statement, params = _SUMS.format(chosen=chosen), (*filters, tenant_id, tenant_id)
    return sums_by_statement(statement, params)


def search(invoices: models.QuerySet[Invoice], text: str) -> models.QuerySet[Invoice]:
    """
    Limit to bills whose number, order, reference or customer contains the text; one query.

    Under row security no index finds a text inside another, so all of the company's are read, but
    from the index of the list alone (``invoice_list_idx``), and once: a few hundred that match are
    from then on known by their ids.
    """
    has_case = text.upper() != text.lower()  # comparing without regard to it costs twice as much
    lookup = "icontains" if has_case else "contains"
    customers = Customer.objects.filter(
        Q(**{f"name__{lookup}": text})
        | Q(**{f"short_name__{lookup}": text})
        | Q(code__istartswith=text)
    )
    matches = (
        Q(**{f"number__{lookup}": text})
        | Q(**{f"po_number__{lookup}": text})
        | Q(**{f"reference__{lookup}": text})
        | Q(customer__in=customers.values("pk"))
    )
    found = list(Invoice.objects.filter(matches).values_list("pk", flat=True)[: KNOWN + 1])
    return invoices.filter(matches if len(found) > KNOWN else Q(pk__in=found))


def open_amounts(invoice_ids: Any) -> dict[int, Decimal]:
    """Return what is open now of each bill that has instalments, by its id."""
    return dict(
        Instalment.objects.filter(invoice__in=invoice_ids)
        .order_by()
        .values_list("invoice_id")
        .annotate(left=Sum("item__open_amount"))
    )
