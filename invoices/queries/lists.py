"""Bills as the list shows them, and how many wait for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from core.fields import AmountField
from core.lists import CurrencySums
from core.money import ZERO
from invoices.enums import InvoiceSource, InvoiceState
from invoices.models import Delivery, Instalment, Invoice
from ledger.enums import ItemKind
from ledger.models import OpenItem
from messaging.enums import MessageState

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
    left = Instalment.objects.filter(invoice=OuterRef("pk"), item__closed_on__isnull=True)
    if view == View.UNSENT:
        return unsent(invoices)
    if view == View.AWAITING:
        return issued.filter(Exists(left))
    if view == View.OVERDUE:
        return issued.filter(Exists(left.filter(item__due_date__lt=day)))
    if view == View.PAID:
        return issued.filter(~Exists(left))
    return invoices


def unsent(invoices: models.QuerySet[Invoice]) -> models.QuerySet[Invoice]:
    """Limit to issued bills that no message carries; imported ones went out elsewhere."""
    carried = Delivery.objects.filter(invoice=OuterRef("pk")).exclude(message__state__in=NOT_SENT)
    return invoices.filter(
        ~Exists(carried), ~Q(source=InvoiceSource.IMPORT), state=InvoiceState.ISSUED
    )


def counts_of_views(*, day: date) -> dict[str, int]:
    """Return how many bills stand in each tab, by three statements."""
    states = dict(Invoice.objects.order_by().values_list("state").annotate(count=Count("pk")))
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


def sums_by_currency(invoices: models.QuerySet[Invoice]) -> list[CurrencySums]:
    """
    Return count, total and open amount of the bills per currency.

    What is open is summed from the open items, which are few, not asked of every bill.
    """
    bare = invoices.order_by()
    left = OpenItem.objects.open().filter(kind=ItemKind.INSTALMENT).order_by()
    if len(invoices.query.where) > 1:  # more than the tenant's own condition
        left = left.filter(instalment__invoice__in=bare.values("pk"))
    totals = bare.values_list("currency").annotate(count=Count("pk"), sum=Sum("total_amount"))
    opens = left.values_list("currency").annotate(count=Value(0), sum=Sum("open_amount"))
    found: dict[str, CurrencySums] = {}
    rows = totals.annotate(is_open=Value(value=False)).union(
        opens.annotate(is_open=Value(value=True)), all=True
    )
    for currency, count, amount, is_open in sorted(rows, key=lambda row: (row[0], row[3])):
        if not is_open:
            found[currency] = CurrencySums(currency, count, (amount, ZERO))
        elif currency in found:
            known = found[currency]
            found[currency] = CurrencySums(currency, known.count, (known.amounts[0], amount))
    return list(found.values())


def open_amounts(invoice_ids: Any) -> dict[int, Decimal]:
    """Return what is open now of each bill that has instalments, by its id."""
    return dict(
        Instalment.objects.filter(invoice__in=invoice_ids)
        .order_by()
        .values_list("invoice_id")
        .annotate(left=Sum("item__open_amount"))
    )
