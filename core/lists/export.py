"""A list as a file: exactly the rows that the filters leave, in the order that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext

from core.exports import CSV_TYPE, XLSX_TYPE, Sheet, csv_lines, xlsx_file
from core.lists.cells import Cells
from core.lists.columns import AmountColumn
from core.lists.spec import ListSpec
from core.presentation import q_amount
from core.tenancy import active_tenant_id, tenant_scope

CHUNK = 1000
XLSX_LIMIT = 50_000


def csv_response(request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any]) -> HttpResponseBase:
    """Stream the list; the generator enters the company, zone and language by itself.

    By the time it runs, the view's transaction, and with it the tenant, is gone.
    """
    response = StreamingHttpResponse(
        _lines(request, spec, queryset, active_tenant_id()), content_type=CSV_TYPE
    )
    response["Content-Disposition"] = f'attachment; filename="{spec.export_name}.csv"'
    response["Cache-Control"] = "no-store, private"
    return response


def _lines(
    request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any], tenant_id: int
) -> Iterator[str]:
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return _in_scope(request, spec, queryset, (tenant_id, language, zone))


def _in_scope(
    request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any], scope: tuple[int, str, Any]
) -> Iterator[str]:
    tenant_id, language, zone = scope
    with ExitStack() as stack:
        stack.enter_context(translation.override(language))
        stack.enter_context(timezone.override(zone))
        stack.enter_context(tenant_scope(tenant_id))
        yield from csv_lines(header(spec), values(request, spec, queryset))


def xlsx_response(
    request: HttpRequest,
    spec: ListSpec,
    queryset: QuerySet[Any],
    parameters: list[tuple[str, Any]],
) -> HttpResponseBase:
    """Return the list as a workbook with its filters on a sheet of their own."""
    sheet = Sheet(str(spec.title), header(spec), values(request, spec, queryset[:XLSX_LIMIT]))
    response = FileResponse(
        xlsx_file([sheet], parameters),
        as_attachment=True,
        filename=f"{spec.export_name}.xlsx",
        content_type=XLSX_TYPE,
    )
    response["Cache-Control"] = "no-store, private"
    return response


def header(spec: ListSpec) -> list[str]:
    """Return the names of the exported columns; an amount's currency is a column of its own."""
    table = spec.table(data=spec.queryset.none())
    names = [str(column.header) for column in _columns(table)]
    return [*names, gettext("Currency")] if needs_currency(table) else names


def values(request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the cells of each row as values: amounts as Decimal at the currency's places."""
    rows = queryset.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        table = spec.table(data=chunk)
        table.request, table.today = request, spec.today
        columns, with_currency = _columns(table), needs_currency(table)
        cells = Cells(table, columns, in_file=True)
        for row in table.rows:
            yield _in_places(row.record, columns, cells.of(row), with_currency=with_currency)


def _in_places(
    record: Any, columns: list[Any], cells: list[Any], *, with_currency: bool
) -> list[Any]:
    """Return the cells with amounts at their currency's places, and the currency if asked."""
    currency = ""
    for place, (column, value) in enumerate(zip(columns, cells, strict=True)):
        if value is not None and isinstance(column.column, AmountColumn):
            currency = column.column.currency_of(record)
            cells[place] = q_amount(value, currency)
    return [*cells, currency] if with_currency else cells


def _columns(table: Any) -> list[Any]:
    return [column for column in table.columns if not column.column.exclude_from_export]


def needs_currency(table: Any) -> bool:
    """Test if amounts are shown and no column says in which currency."""
    names = {column.name for column in table.columns}
    has_amounts = any(isinstance(column.column, AmountColumn) for column in table.columns)
    return has_amounts and "currency" not in names
