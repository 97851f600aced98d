"""What a bulk action was asked to act on: ticked rows, or all that match a frozen filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from core.lists.files import sums_of
from core.lists.reading import filters_in_words, rows_of
from core.lists.spec import ListSpec

MAX_SELECTED = 1000  # ticked one by one
MOST_MATCHING = 20_000  # chosen all at once
CONFLICT = 409
# What a confirmation sends on of the form it stands for; the rest is its own.
_OWN_FIELDS = ("csrfmiddlewaretoken", "once", "confirmed", "matching_count", "back")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bulk action was asked to act on.

    :ivar queryset: the selected rows, never more than the filters leave
    :ivar count: how many there are now
    :ivar is_stale: "all matching" was chosen, and their number has changed since
    :ivar is_all: "all matching" was chosen
    """

    queryset: QuerySet[Any]
    count: int
    is_stale: bool
    is_all: bool = False

    @property
    def count_text(self) -> str:
        return f"{self.count:,}"


def selection(request: HttpRequest, spec: ListSpec) -> Selection:
    """Return what the list's bulk form selected: ticked rows, or all that match the filters."""
    queryset = rows_of(request, spec)
    if request.POST.get("matching"):
        count = queryset.order_by().count()
        is_stale = str(count) != request.POST.get("matching_count")
        return Selection(queryset, count, is_stale, is_all=True)
    ids = [int(value) for value in request.POST.getlist("selected") if _is_id(value)]
    chosen = queryset.filter(pk__in=ids[:MAX_SELECTED])
    return Selection(chosen, chosen.order_by().count(), is_stale=False)


def question_about(
    request: HttpRequest, spec: ListSpec, chosen: Selection, *, back: str, action: str = ""
) -> HttpResponse | None:
    """
    Return what must be said or asked before the action goes on; None if it may.

    :param back: the address of the list, to which its filters are added
    :param action: what is about to be done; with it, "all matching" is asked about first, with the
        number and the sums that will be acted on
    """
    back = f"{back}?{request.GET.urlencode()}"
    if chosen.is_stale:
        return _changed(request, spec, chosen, back)
    if not chosen.count:
        messages.error(request, gettext("Tick at least one row."))
        return redirect(back)
    if chosen.count > MOST_MATCHING:
        messages.error(request, gettext("Choose at most 20,000 rows at once."))
        return redirect(back)
    if chosen.is_all and action and not request.POST.get("confirmed"):
        return _confirmation(request, spec, chosen, back, action)
    return None


def _changed(request: HttpRequest, spec: ListSpec, chosen: Selection, back: str) -> HttpResponse:
    """Say that something else matches now than what was chosen; nothing was done."""
    context = {
        "title": spec.title,
        "frozen": request.POST.get("matching_count", "")[:12],
        "count": chosen.count,
        "filters": filters_in_words(request, spec),
        "back": back,
    }
    return render(request, "core/selection_changed.html", context, status=CONFLICT)


def _confirmation(
    request: HttpRequest, spec: ListSpec, chosen: Selection, back: str, action: str
) -> HttpResponse:
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _OWN_FIELDS
        for value in values
    ]
    context = {
        "title": spec.title,
        "action": action,
        "count": chosen.count,
        "sums": sums_of(chosen.queryset, spec),
        "sum_labels": [str(label) for label in spec.sums.values()],
        "filters": filters_in_words(request, spec),
        "fields": fields,
        "url": request.get_full_path(),
        "back": back,
    }
    return render(request, "core/selection_confirm.html", context)


def summary(request: HttpRequest, spec: ListSpec) -> HttpResponse:
    """Answer the selection bar: how many rows are ticked now, and what they add up to."""
    chosen = selection(request, spec)
    context = {
        "chosen": chosen,
        "frozen": request.POST.get("matching_count", "")[:12],
        "sums": [
            (line.currency, line.amounts[0])
            for line in sums_of(chosen.queryset, spec)
            if line.amounts
        ],
    }
    return render(request, "core/parts/selection_summary.html", context)


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 18  # noqa: PLR2004 - a bigint
