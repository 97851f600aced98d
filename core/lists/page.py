"""A list's page: read the address, fetch one page, count and sum, show or export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import update_wrapper
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.lists import export
from core.lists.choosing import question_about, refused_filters, selection, summary
from core.lists.columns import AmountColumn, RightColumn
from core.lists.exporting import export as export_list
from core.lists.files import FORMATS
from core.lists.filters import chips, style
from core.lists.keyset import Ordering, Page, fetch_page
from core.lists.look import look_of, open_list, opened_by
from core.lists.reading import address_of, clean_params, filterset_of, ordering_asked
from core.lists.registry import LISTS, ListEntry
from core.lists.spec import ListSpec, Text
from core.lists.tabs import count_tabs, tabs_of
from core.lists.totals import (
    CurrencySums,
    count_up_to,
    sums_of_all,
    sums_of_rows,
)
from core.lists.view import Header, ListView
from core.views import View, staff_view

RESULTS_TEMPLATE = "core/parts/list_results.html"
TABS_TEMPLATE = "core/parts/list_tabs_inner.html"


def list_view(
    key: str, *, permission: str, label: Text, page: str = ""
) -> Callable[[Callable[..., ListSpec]], View]:
    """
    Make a view of a function that returns a ``ListSpec``, and register the list by its key.

    The view shows the list, hands out files of it, counts its tabs and sums what is ticked.

    :param label: what the list is called away from its page
    :param page: the name of the list's address, if it takes no argument
    """

    def decorate(make: Callable[..., ListSpec]) -> View:
        entry = LISTS[key] = ListEntry(key, permission, make, page, label)

        @staff_view(permission=permission)
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return _answer(request, entry, kwargs)

        policy = view.policy  # type: ignore[attr-defined]
        update_wrapper(view, make)
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return decorate


def _answer(request: HttpRequest, entry: ListEntry, kwargs: dict[str, Any]) -> HttpResponseBase:
    open_list(request, entry.key)
    spec = entry.spec(request, kwargs)
    if request.method == "POST":
        return _posted(request, spec)
    if "tabs" in request.GET:
        tabs = tabs_of(request, spec)
        count_tabs(request, entry, kwargs, tabs)
        return render(request, TABS_TEMPLATE, {"tabs": tabs})
    return list_page(request, spec)


def _posted(request: HttpRequest, spec: ListSpec) -> HttpResponseBase:
    """Answer the selection bar and the export of a selection; what else is posted is none."""
    if "summary" in request.POST:
        return summary(request, spec)
    wanted = request.POST.get("export", "")
    if wanted in FORMATS:
        if answer := refused_filters(request, spec):
            return answer
        picked = None
        if request.POST.getlist("selected") or request.POST.get("matching"):
            picked = selection(request, spec)
            if answer := question_about(request, spec, picked, back=request.path):
                return answer
        return export_list(request, spec, wanted, at=_now(), picked=picked)
    return HttpResponseRedirect(request.get_full_path())


def list_page(request: HttpRequest, spec: ListSpec) -> HttpResponseBase:
    """Answer with the list: a page, its results alone for htmx, or a file for ``export=``."""
    wanted = request.GET.get("export", "")
    if wanted in FORMATS:
        return refused_filters(request, spec) or export_list(request, spec, wanted, at=_now())
    view = _view(request, spec)
    context = {"list": view, "title": spec.title, "today": spec.today, **spec.context}
    return render(request, _template(request, spec), context)


def _view(request: HttpRequest, spec: ListSpec) -> ListView:
    filterset, ordering = filterset_of(request, spec), ordering_asked(request, spec)
    queryset = filterset.qs if filterset else spec.queryset
    look = look_of(request, spec)
    page = fetch_page(
        queryset,
        ordering,
        of=spec.queryset,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=look.size,
    )
    table = spec.table(data=page.rows, exclude=look.hidden)
    table.request, table.today = request, spec.today
    sums, page_sums = _sums(queryset, page, spec)
    table.is_mixed = export.needs_currency(table) and _is_mixed(table, page, sums)
    is_counted = bool(spec.sums) and not spec.sums_of_rows
    total = sum(line.count for line in sums) if is_counted else count_up_to(queryset)
    params = clean_params(request.GET)
    active = chips(filterset, params) if filterset else []
    if filterset:
        style(filterset.form)
    return ListView(
        request=request,
        spec=spec,
        table=table,
        page=page,
        look=look,
        opened=opened_by(request),
        headers=_headers(spec, table, params, ordering),
        chips=active,
        total=total,
        hidden=_hidden(spec, total) if active else 0,
        sums=sums,
        page_sums=page_sums,
        params=params,
        sort=ordering.name,
        form=filterset.form if filterset else None,
        tabs=tabs_of(request, spec),
        bulk_actions=[one for one in spec.bulk_actions if _may(request, one.permission)],
        may_share=_may(request, "views.share"),
    )


def _hidden(spec: ListSpec, total: int) -> int:
    """Return how many rows the filters leave out."""
    every = spec.queryset if spec.counted is None else spec.counted
    return max(count_up_to(every) - total, 0)


def _sums(
    queryset: Any, page: Page, spec: ListSpec
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


def _headers(spec: ListSpec, table: Any, params: QueryDict, ordering: Ordering) -> list[Header]:
    heads = []
    for column in table.columns:
        current = ordering.name.removeprefix("-") == column.name
        falling = ordering.name.startswith("-")
        aria = ("descending" if falling else "ascending") if current else ""
        target = column.name if not current or falling else f"-{column.name}"
        url = address_of(params, sort=target) if column.name in spec.orderings else ""
        is_amount = isinstance(column.column, RightColumn)
        heads.append(Header(column.name, str(column.header), url, aria, is_amount))
    return heads


def _template(request: HttpRequest, spec: ListSpec) -> str:
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == "list-results" and not htmx.history_restore_request:
        return RESULTS_TEMPLATE
    return spec.template


def _now() -> datetime:
    return timezone.now()  # noqa: TID251 - here is the view of every list


def _may(request: HttpRequest, permission: str) -> bool:
    membership = getattr(request, "membership", None)
    return not permission or bool(membership and membership.allows(permission))
