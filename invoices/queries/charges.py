"""Charges that wait to be billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Max, Min, QuerySet, Sum

from invoices.models import Charge


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What waits of one customer in one currency; ``amount`` before tax and rounding of lines."""

    customer_id: int
    customer_name: str
    currency: str
    count: int
    amount: Decimal
    first_day: date
    last_day: date


def for_list() -> QuerySet[Charge]:
    """Return charges with customer, bill and ``amount``, before tax, not rounded."""
    amount = ExpressionWrapper(
        F("quantity") * F("unit_price"), DecimalField(max_digits=40, decimal_places=12)
    )
    return Charge.objects.select_related("customer", "line__invoice").annotate(amount=amount)


def unbilled(*, most: int) -> list[Unbilled]:
    """Return what waits per customer and currency, the oldest first."""
    rows = (
        for_list()
        .filter(line__isnull=True)
        .order_by()
        .values("customer_id", "customer__name", "currency")
        .annotate(
            count=Count("pk"),
            sum=Sum("amount"),
            first_day=Min("service_date"),
            last_day=Max("service_date"),
        )
        .order_by("first_day", "customer__name", "customer_id", "currency")[:most]
    )
    return [
        Unbilled(
            customer_id=row["customer_id"],
            customer_name=row["customer__name"],
            currency=row["currency"],
            count=row["count"],
            amount=row["sum"],
            first_day=row["first_day"],
            last_day=row["last_day"],
        )
        for row in rows
    ]
