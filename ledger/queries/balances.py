"""What customers owe now, per currency; never one number for several currencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, Min, Q, Sum, Value
from django.db.models.functions import Coalesce

from core.money import ZERO
from ledger.models import OpenItem
from ledger.models.item import OpenItemQuerySet


@dataclass(frozen=True, slots=True)
class Balance:
    """One customer's account in one currency.

    ``debts`` is what is owed, due or not; ``overdue`` the part due before the day; ``credits`` what
    was received or credited and not used yet (positive); ``net`` = debts - credits.
    """

    currency: str
    debts: Decimal
    overdue: Decimal
    credits: Decimal
    oldest_due_date: date | None

    @property
    def net(self) -> Decimal:
        """What is left when unused credit is taken off."""
        return self.debts - self.credits


def balances(*, day: date, customer_ids: Iterable[int] | None = None) -> dict[int, list[Balance]]:
    """
    Return each customer's balances by currency code; customers with nothing open are left out.

    ``day`` is the tenant's today: it decides what is overdue. One query.
    """
    items = OpenItem.objects.open()
    if customer_ids is not None:
        items = items.filter(customer_id__in=list(customer_ids))
    rows = (
        items.order_by("customer_id", "currency")
        .values("customer_id", "currency")
        .annotate(
            debts=_sum(Q(amount__gt=0)),
            credits=_sum(Q(amount__lt=0)),
            overdue=_sum(Q(amount__gt=0, due_date__lt=day)),
            oldest=Min("due_date", filter=Q(amount__gt=0, due_date__lt=day)),
        )
    )
    result: dict[int, list[Balance]] = defaultdict(list)
    for row in rows:
        result[row["customer_id"]].append(
            Balance(row["currency"], row["debts"], row["overdue"], -row["credits"], row["oldest"])
        )
    return dict(result)


def totals(*, day: date) -> list[Balance]:
    """Return the whole company's balances, one per currency."""
    rows = (
        OpenItem.objects.open()
        .order_by("currency")
        .values("currency")
        .annotate(
            debts=_sum(Q(amount__gt=0)),
            credits=_sum(Q(amount__lt=0)),
            overdue=_sum(Q(amount__gt=0, due_date__lt=day)),
            oldest=Min("due_date", filter=Q(amount__gt=0, due_date__lt=day)),
        )
    )
    return [
        Balance(row["currency"], row["debts"], row["overdue"], -row["credits"], row["oldest"])
        for row in rows
    ]


def open_items(customer_id: int) -> OpenItemQuerySet:
    """Return what is open of one customer, debts and credits, the earliest due first."""
    return (
        OpenItem.objects.open()
        .filter(customer_id=customer_id)
        .order_by("currency", "due_date", "pk")
    )


def _sum(condition: Q) -> Coalesce:
    return Coalesce(Sum("open_amount", filter=condition), Value(ZERO), output_field=DecimalField())
