"""How many rows a list has, and what they add up to: per currency, never across."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from core.lists.columns import resolved
from core.lists.spec import ListSpec
from core.money import ZERO

COUNT_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """The sums of one currency's rows, in the order of ``ListSpec.sums``."""

    currency: str
    count: int
    amounts: tuple[Decimal, ...]


def count_up_to(queryset: QuerySet[Any], limit: int = COUNT_LIMIT) -> int:
    """Return how many rows there are, or ``limit + 1`` where there are more."""
    return queryset.order_by().values("pk")[: limit + 1].count()


def sums_of_all(queryset: QuerySet[Any], spec: ListSpec) -> list[CurrencySums]:
    """Return the sums of the whole result, by one statement."""
    sums = {f"house_sum_{i}": Sum(name) for i, name in enumerate(spec.sums)}
    rows = (
        queryset.order_by()
        .values(spec.currency_field)
        .annotate(house_rows=Count("*"), **sums)
        .order_by(spec.currency_field)
    )
    return [
        CurrencySums(
            row[spec.currency_field],
            row["house_rows"],
            tuple(row[name] or ZERO for name in sums),
        )
        for row in rows
    ]


def sums_of_rows(rows: Iterable[Any], spec: ListSpec) -> list[CurrencySums]:
    """Return the sums of the rows of one page."""
    totals: dict[str, list[Decimal]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        currency = str(resolved(spec.currency_field, row))
        counts[currency] = counts.get(currency, 0) + 1
        amounts = totals.setdefault(currency, [ZERO] * len(spec.sums))
        for i, name in enumerate(spec.sums):
            amounts[i] += resolved(name, row) or ZERO
    return [CurrencySums(code, counts[code], tuple(totals[code])) for code in sorted(totals)]


def labels_of(spec: ListSpec) -> Sequence[str]:
    """Return what the sums are called."""
    return [str(label) for label in spec.sums.values()]
