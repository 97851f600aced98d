"""Conditions that an index serves under row security: they compare, they do not match patterns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Collate
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from core.fields import thousandths
from core.search.registry import SHOWN, Asked, Rank, Ranked

LAST = "\U0010ffff"
NEARNESS = Decimal("0.01")
MOST_AMOUNT = Decimal(10) ** 15


def beginning(
    rows: QuerySet[Any], names: Sequence[str], asked: Asked, meant: Sequence[str] = ()
) -> Ranked:
    """
    Return rows one of whose columns begins with the text; of each column the last ones.

    By one statement of many small ones: each reads a few entries of an index on
    ``Collate(name, "C")`` and stops, however many begin so.

    :param meant: values of the first column that the text stands for, see ``numbers_meant``
    """
    parts = []
    for name in names:
        column = Collate(F(name), "C")
        filled = rows.exclude(**{name: ""})
        for writing in asked.writings:
            inside = filled.filter(
                GreaterThanOrEqual(column, writing), LessThan(column, writing + LAST)
            )
            parts.append(inside.order_by(column.desc()).values_list("pk", name)[: SHOWN * 2])
    if meant:
        parts.append(rows.filter(**{f"{names[0]}__in": meant}).values_list("pk", names[0]))
    first, *others = parts
    found = list(first.union(*others, all=True))
    whole = set(asked.writings) if asked.text.isdigit() else {*asked.writings, *meant}
    return [(pk, Rank.EXACT if value in whole else Rank.START) for pk, value in found]


def by_amount(rows: QuerySet[Any], name: str, exact: str, amount: Decimal) -> Ranked:
    """
    Return rows of exactly the amount, newest first, then those nearest to it, within 1 %.

    :param name: the column in thousandths, a ``ThousandthsField``
    :param exact: the column it is made of
    """
    if amount >= MOST_AMOUNT:
        return []
    middle, width = thousandths(amount), thousandths(amount * NEARNESS)
    fields = ("pk", exact)
    at = {f"{name}__gte": middle, f"{name}__lte": middle + 1}
    over = {f"{name}__gt": middle, f"{name}__lte": middle + width}
    under = {f"{name}__lt": middle, f"{name}__gte": middle - width}
    parts = [
        rows.filter(**at, **{exact: amount}).order_by(f"-{name}", "-pk"),
        rows.filter(**over).order_by(name, "pk"),
        rows.filter(**under).order_by(f"-{name}", "-pk"),
    ]
    first, *others = (part.values_list(*fields)[:SHOWN] for part in parts)
    found = {pk: abs(value - amount) for pk, value in first.union(*others, all=True)}
    nearest = sorted(found, key=lambda pk: (found[pk], -pk))
    return [(pk, Rank.NEAR if found[pk] else Rank.WORD) for pk in nearest]


def best_of(*parts: Ranked) -> Ranked:
    """Return each row once, by its best rank, best first; those of a rank as they were found."""
    found: dict[int, Rank] = {}
    for part in parts:
        for pk, rank in part:
            found[pk] = min(rank, found.get(pk, rank))
    return sorted(found.items(), key=lambda one: one[1])
