"""A list as values: exactly the rows that the filters leave, in the order and columns shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from core.lists.cells import Cells
from core.lists.columns import AmountColumn, RightColumn
from core.lists.spec import ListSpec

CHUNK = 1000


def header(spec: ListSpec, hidden: Sequence[str] = ()) -> list[str]:
    """Return the names of the exported columns; an amount's currency is a column of its own."""
    table = spec.table(data=spec.queryset.none(), exclude=hidden)
    names = [str(column.header) for column in _columns(table)]
    return [*names, gettext("Currency")] if needs_currency(table) else names


def are_amounts(spec: ListSpec, hidden: Sequence[str] = ()) -> list[bool]:
    """Test of each exported column if it holds figures, aligned at the right."""
    table = spec.table(data=spec.queryset.none(), exclude=hidden)
    found = [isinstance(column.column, RightColumn) for column in _columns(table)]
    return [*found, False] if needs_currency(table) else found


def values(
    request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any], hidden: Sequence[str] = ()
) -> Iterator[list[Any]]:
    """Yield the cells of each row as values: amounts as Decimal at the currency's places."""
    rows = queryset.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        table = spec.table(data=chunk, exclude=hidden)
        table.request, table.today = request, spec.today
        columns, with_currency = _columns(table), needs_currency(table)
        cells = Cells(table, columns, in_file=True)
        for row in table.rows:
            found = cells.of(row)
            yield [*found, _currency_of(row.record, columns, found)] if with_currency else found


def _currency_of(record: Any, columns: list[Any], cells: list[Any]) -> str:
    """Return the currency of the row's amounts; none if every amount is missing."""
    shown = [
        column.column.currency_of(record)
        for column, value in zip(columns, cells, strict=True)
        if value is not None and isinstance(column.column, AmountColumn)
    ]
    return shown[-1] if shown else ""


def _columns(table: Any) -> list[Any]:
    return [column for column in table.columns if not column.column.exclude_from_export]


def needs_currency(table: Any) -> bool:
    """Test if amounts are shown and no column says in which currency."""
    names = {column.name for column in table.columns}
    has_amounts = any(isinstance(column.column, AmountColumn) for column in table.columns)
    return has_amounts and "currency" not in names
