"""A list's page: read the address, fetch one page, count and sum, show or export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext

from core.lists import export
from core.lists.columns import AmountColumn
from core.lists.filters import chips, style
from core.lists.keyset import Ordering, Page, fetch_page, ordered, ordering_of
from core.lists.spec import ListSpec
from core.lists.totals import (
    CurrencySums,
    count_up_to,
    sums_of_all,
    sums_of_rows,
)
from core.lists.view import SIZES, Header, ListView, address_of, clean_params

SIZE_COOKIE = "list_size"
YEAR = 60 * 60 * 24 * 365
MAX_SELECTED = 1000
RESULTS_TEMPLATE = "core/parts/list_results.html"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bulk action was asked to act on.

    :ivar queryset: the selected rows, never more than the filters leave
    :ivar count: how many there are now
    :ivar is_stale: "all matching" was chosen, and their number has changed since
    """

    queryset: QuerySet[Any]
    count: int
    is_stale: bool


def list_page(request: HttpRequest, spec: ListSpec) -> HttpResponseBase:
    """Answer with the list: a page, its results alone for htmx, or a file for ``export=``."""
    filterset = _filterset(request, spec)
    queryset = filterset.qs if filterset else spec.queryset
    ordering = _ordering(request, spec)
    wanted = request.GET.get("export", "")
    if wanted == "csv":
        return export.csv_response(request, spec, ordered(queryset, ordering))
    if wanted == "xlsx":
        parameters = _parameters(request, spec, filterset)
        return export.xlsx_response(request, spec, ordered(queryset, ordering), parameters)
    view = _view(request, spec, filterset, ordering)
    context = {"list": view, "title": spec.title, "today": spec.today, **spec.context}
    response = render(request, _template(request, spec), context)
    if request.GET.get("size") == str(view.size):
        response.set_cookie(SIZE_COOKIE, str(view.size), max_age=YEAR, samesite="Lax")
    return response


def selection(request: HttpRequest, spec: ListSpec) -> Selection:
    """Return what the list's bulk form selected: ticked rows, or all that match the filters."""
    filterset = _filterset(request, spec)
    queryset = filterset.qs if filterset else spec.queryset
    if request.POST.get("matching"):
        count = queryset.order_by().count()
        return Selection(queryset, count, str(count) != request.POST.get("matching_count"))
    ids = [int(value) for value in request.POST.getlist("selected") if _is_id(value)]
    chosen = queryset.filter(pk__in=ids[:MAX_SELECTED])
    return Selection(chosen, chosen.order_by().count(), is_stale=False)


def _view(
    request: HttpRequest, spec: ListSpec, filterset: Any | None, ordering: Ordering
) -> ListView:
    queryset = filterset.qs if filterset else spec.queryset
    params = clean_params(request.GET)
    size = _size(request)
    page = fetch_page(
        queryset,
        ordering,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=size,
    )
    table = spec.table(data=page.rows)
    table.request, table.today = request, spec.today
    sums, page_sums = _sums(queryset, page, spec)
    table.is_mixed = export.needs_currency(table) and _is_mixed(table, page, sums)
    is_counted = bool(spec.sums) and not spec.sums_of_rows
    total = sum(line.count for line in sums) if is_counted else count_up_to(queryset)
    active = chips(filterset, params) if filterset else []
    if filterset:
        style(filterset.form)
    return ListView(
        spec=spec,
        table=table,
        page=page,
        headers=_headers(spec, table, params, ordering),
        chips=active,
        total=total,
        hidden=_hidden(spec, total) if active else 0,
        sums=sums,
        page_sums=page_sums,
        params=params,
        size=size,
        sort=ordering.name,
        form=filterset.form if filterset else None,
        bulk_actions=[one for one in spec.bulk_actions if _may(request, one.permission)],
    )


def _hidden(spec: ListSpec, total: int) -> int:
    """Return how many rows the filters leave out."""
    every = spec.queryset if spec.counted is None else spec.counted
    return max(count_up_to(every) - total, 0)


def _sums(
    queryset: QuerySet[Any], page: Page, spec: ListSpec
) -> tuple[list[CurrencySums], list[CurrencySums]]:
    """Return the sums of the whole result and of the page's rows, by one statement."""
    if not spec.sums:
        return [], []
    sums = spec.sums_of(queryset) if spec.sums_of else sums_of_all(queryset, spec)
    if spec.sums_of_rows:
        return sums, spec.sums_of_rows(page.rows)
    return sums, sums_of_rows(page.rows, spec)


def _is_mixed(table: Any, page: Page, sums: list[CurrencySums]) -> bool:
    """Test if the list shows more than one currency."""
    if sums:
        return len(sums) > 1
    amounts = [one.column for one in table.columns if isinstance(one.column, AmountColumn)]
    return len({amount.currency_of(row) for row in page.rows for amount in amounts}) > 1


def _filterset(request: HttpRequest, spec: ListSpec) -> Any | None:
    if spec.filterset is None:
        return None
    return spec.filterset(data=request.GET, queryset=spec.queryset, request=request)


def _ordering(request: HttpRequest, spec: ListSpec) -> Ordering:
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in spec.orderings:
        asked = spec.default_ordering
    name = asked.removeprefix("-")
    return ordering_of(name, spec.orderings[name], reverse=asked.startswith("-"))


def _headers(spec: ListSpec, table: Any, params: QueryDict, ordering: Ordering) -> list[Header]:
    heads = []
    for column in table.columns:
        current = ordering.name.removeprefix("-") == column.name
        falling = ordering.name.startswith("-")
        aria = ("descending" if falling else "ascending") if current else ""
        target = column.name if not current or falling else f"-{column.name}"
        url = address_of(params, sort=target) if column.name in spec.orderings else ""
        is_amount = isinstance(column.column, AmountColumn)
        heads.append(Header(column.name, str(column.header), url, aria, is_amount))
    return heads


def _size(request: HttpRequest) -> int:
    for asked in (request.GET.get("size"), request.COOKIES.get(SIZE_COOKIE)):
        for size in SIZES:
            if asked == str(size):
                return size
    return SIZES[0]


def _template(request: HttpRequest, spec: ListSpec) -> str:
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == "list-results" and not htmx.history_restore_request:
        return RESULTS_TEMPLATE
    return spec.template


def _parameters(
    request: HttpRequest, spec: ListSpec, filterset: Any | None
) -> list[tuple[str, Any]]:
    active = chips(filterset, request.GET) if filterset else []
    tenant = getattr(request, "tenant", None)
    return [
        (gettext("List"), str(spec.title)),
        *([(gettext("Company"), tenant.name)] if tenant else []),
        *((chip.label, chip.value) for chip in active),
        (gettext("Sorted by"), request.GET.get("sort", "")[:40] or spec.default_ordering),
    ]


def _may(request: HttpRequest, permission: str) -> bool:
    membership = getattr(request, "membership", None)
    return not permission or bool(membership and membership.allows(permission))


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 18  # noqa: PLR2004 - a bigint
