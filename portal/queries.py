"""What is still due of a bill, asked of the ledger at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.translation import pgettext_lazy

from core.money import ZERO
from invoices.enums import InvoiceState
from invoices.models import Instalment, Invoice


class Status(models.TextChoices):
    """A bill's state in words for its customer."""

    OPEN = "OPEN", pgettext_lazy("portal", "Open")
    PARTLY = "PARTLY", pgettext_lazy("portal", "Partly paid")
    OVERDUE = "OVERDUE", pgettext_lazy("portal", "Overdue")
    PAID = "PAID", pgettext_lazy("portal", "Paid")
    VOID = "VOID", pgettext_lazy("portal", "Void")


@dataclass(frozen=True, slots=True)
class PartDue:
    """One instalment: what it was and what is left of it, in the bill's currency."""

    position: int
    due_date: date
    amount: Decimal
    open_amount: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bill stands. ``due_date`` is the first day something open is due."""

    status: Status
    open_amount: Decimal
    settled_amount: Decimal
    due_date: date | None
    parts: list[PartDue]


def standing_of(invoice: Invoice, *, day: date) -> Standing:
    """Return how the bill stands on the tenant's day; one query."""
    rows = Instalment.objects.filter(invoice_id=invoice.pk).select_related("item")
    parts = [
        PartDue(row.position, row.due_date, row.amount, row.item.open_amount)
        for row in rows.order_by("position")
    ]
    left = sum((part.open_amount for part in parts), ZERO)
    total = sum((part.amount for part in parts), ZERO)
    first_due = min((part.due_date for part in parts if part.open_amount), default=None)
    return Standing(
        status=_status(invoice, left, total, first_due, day),
        open_amount=left,
        settled_amount=total - left,
        due_date=first_due or invoice.due_date,
        parts=parts,
    )


def _status(
    invoice: Invoice, left: Decimal, total: Decimal, first_due: date | None, day: date
) -> Status:
    if invoice.state == InvoiceState.VOID:
        return Status.VOID
    if not left:
        return Status.PAID
    if first_due is not None and first_due < day:
        return Status.OVERDUE
    return Status.OPEN if left == total else Status.PARTLY
