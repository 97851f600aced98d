"""How many rows a list has, and what they add up to: per currency, never across."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db import connection
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


def sums_by_statement(statement: str, params: Sequence[Any]) -> list[CurrencySums]:
    """
    Return the sums of an SQL statement that counts rows and sums them, and sums what is left.

    It answers with currency, count, sum and null, once a currency, and in rows of their own, or
    none, with currency, 0, null and what is left: the second sum.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    left = {code: amount for code, _count, _total, amount in rows if amount is not None}
    return [
        CurrencySums(code, count, (total, left.get(code, ZERO)))
        for code, count, total, _left in sorted(rows, key=itemgetter(0))
        if count
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
